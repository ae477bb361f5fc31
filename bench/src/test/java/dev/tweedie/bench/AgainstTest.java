package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.bench.Timings.Pair;
import dev.tweedie.bench.Timings.Timing;
import dev.tweedie.cli.Benchmarks;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two builds in turn. What they take depends on the machine's load: no test reads it. */
class AgainstTest {
  private static final Case LITTLE = Case.of("uniform", "16384", "java:vector", 1);

  @TempDir Path tree;

  private static Benchmarks.Report report(AgainstReport.Taker taker) {
    return AgainstReport.of(
        Path.of("other"),
        taker,
        List.of(LITTLE),
        3,
        RunRecord.begun(Benchmarks.Table.AGAINST, true),
        new PrintWriter(Writer.nullWriter()));
  }

  private static Timing times(double... ns) {
    List<double[]> forks = new ArrayList<>();
    for (double one : ns) {
      forks.add(new double[] {one, one, one});
    }
    return Timing.of(forks, Double.NaN);
  }

  /** A drift of a half from pair to pair, which both sides see, hides no five percent. */
  @Test
  void ratiosAreOfPairsSoThatADriftOfBothIsNone() {
    Timing other = times(100, 150, 200, 300);
    Benchmarks.Report slower = report((_, _) -> new Pair(times(105, 157.6, 209.8, 315.1), other));
    assertEquals("SLOWER", slower.table().getFirst().getLast());
    assertFalse(slower.met());
    Benchmarks.Report same = report((_, _) -> new Pair(times(101, 149, 202, 297), other));
    assertEquals("", same.table().getFirst().getLast());
    assertTrue(same.met());
  }

  @Test
  void theSideThatCannotRunIsNamed() {
    Timing none = new Timing(Double.NaN, Double.NaN, "element 7 differs");
    Benchmarks.Report report = report((_, _) -> new Pair(none, times(1, 2)));
    assertEquals("this: element 7 differs", report.table().getFirst().getLast());
    assertFalse(report.met());
    report = report((_, _) -> new Pair(times(1, 2), none));
    assertEquals("other: element 7 differs", report.rows().getFirst().get("absent"));
    assertTrue(report.met());
  }

  @Test
  void aTreeInWhichNothingIsBuiltIsRefused() {
    var refusal = assertThrows(InvalidInputException.class, () -> new Against(tree, true));
    assertTrue(refusal.getMessage().startsWith("--against: found no bench/target/classes in"));
  }

  /** Both builds are this one; each iteration of both sides comes back, in two pairs. */
  @Test
  @Tag("long")
  void iterationsOfBothBuildsTakeTurns() throws IOException {
    build();
    Pair pair = new Against(tree, true).time(LITTLE, 2);
    assertNull(pair.one().reason());
    assertNull(pair.other().reason());
    for (Timing side : List.of(pair.one(), pair.other())) {
      assertEquals(2, side.forks().size());
      side.forks().forEach(fork -> assertEquals(3, fork.length));
      side.forks().forEach(fork -> assertTrue(fork[0] > 0));
    }
  }

  /** The other build is the one of its tree, and not this one under another name. */
  @Test
  @Tag("long")
  void theOtherProcessRunsTheOtherBuild() throws IOException {
    build();
    Path broken = tree.resolve("bench/target/classes/dev/tweedie/bench/NoiseBench.class");
    Files.delete(broken);
    Files.write(broken, new byte[] {1});
    Pair pair = new Against(tree, true).time(LITTLE, 2);
    assertNull(pair.one().reason());
    assertTrue(pair.other().absent(), "it ran this build");
  }

  /** This build as one of a source tree: without jars, which are found in ours. */
  private void build() throws IOException {
    Path classes = Files.createDirectories(tree.resolve("bench/target/classes"));
    Files.createDirectories(tree.resolve("bench/target/lib"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (Files.isDirectory(path)) {
        copy(path, classes);
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        if (!Files.exists(target)) { // services of several modules: the first is enough here
          Files.copy(file, target);
        }
      }
    }
  }
}
