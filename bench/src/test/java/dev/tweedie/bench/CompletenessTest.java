package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.backend.Op;
import dev.tweedie.bench.states.ScoreWork;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;

/** An op that nobody times must not go unnoticed. */
class CompletenessTest {
  private static final Path NATIVE =
      Path.of(Files.isDirectory(Path.of("native")) ? "native" : "../native");

  /** Of a benchmark class, names of what it times. */
  private static Set<String> timedBy(Op op) throws ClassNotFoundException {
    Class<?> suite = Class.forName(Case.of(op.toString(), "", "", 1).suite());
    return Arrays.stream(suite.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Benchmark.class))
        .map(Method::getName)
        .collect(Collectors.toSet());
  }

  @Test
  void everyOpHasABenchmarkOfItsName() throws ClassNotFoundException {
    List<String> missing = new ArrayList<>();
    for (Op op : Op.values()) {
      if (!timedBy(op).contains(op.toString())) {
        missing.add(op + ": a @Benchmark method in " + Case.of(op.toString(), "", "", 1).suite());
      }
      if (!Families.ops().contains(op.toString())) {
        missing.add(op + ": a family with sizes in bench Families");
      }
    }
    assertEquals(List.of(), missing);
  }

  /** A row of the list is a prototype: without a body the libraries would not link, or not load. */
  @Test
  void everyOpHasARowAndABodyInBothLibraries() throws IOException {
    Set<String> rows = rows();
    String cpu = sources("cpu", ".c");
    String cuda = sources("cuda", ".cu");
    List<String> missing = new ArrayList<>();
    for (Op op : Op.values()) {
      List<String> own =
          rows.stream()
              .filter(name -> name.equals(op.kernel()) || name.startsWith(op.kernel() + "_"))
              .toList();
      if (own.isEmpty()) {
        missing.add(op + ": a row that begins with " + op.kernel() + " in native/include/ops.def");
      }
      for (String name : own) {
        if (!cpu.contains("TIER(" + name + ")(")) {
          missing.add(op + ": TIER(" + name + ") in native/cpu, in the file of " + op.family());
        }
        if (!cuda.contains("tweedie_cuda_" + name + "(")) {
          missing.add(op + ": tweedie_cuda_" + name + " in native/cuda");
        }
      }
    }
    assertEquals(List.of(), missing);
  }

  /** Names of the rows that both libraries have. */
  private static Set<String> rows() throws IOException {
    Set<String> rows = new TreeSet<>();
    Matcher row =
        Pattern.compile("^OP\\((\\w+),", Pattern.MULTILINE)
            .matcher(Files.readString(NATIVE.resolve("include/ops.def")));
    while (row.find()) {
      rows.add(row.group(1));
    }
    return rows;
  }

  /**
   * What no compiler asks for: digests of its bits, its launches on a device, a place in the map.
   */
  @Test
  void everyOpIsInTheTestsOfTheLibrariesAndOnTheMap() throws IOException {
    String golden = Files.readString(NATIVE.resolve("test/golden.c"));
    String shapes = Files.readString(NATIVE.resolve("test/cuda/shapes.c"));
    String map = Files.readString(NATIVE.resolve("../docs/architecture.md"));
    List<String> missing = new ArrayList<>();
    for (String name : rows()) {
      if (!golden.contains(", " + name + ",")) {
        missing.add(name + ": ON(engine, " + name + ", ...) in native/test/golden.c");
      }
      if (!shapes.contains("tweedie_cuda_" + name + "(")) {
        missing.add(name + ": tweedie_cuda_" + name + "(...) in native/test/cuda/shapes.c");
      }
    }
    for (Op op : Op.values()) {
      Pattern row =
          Pattern.compile("^\\| " + op.family() + " \\|.*\\b" + op + "\\b", Pattern.MULTILINE);
      if (!row.matcher(map).find()) {
        missing.add(op + ": the row " + op.family() + " of the grid in docs/architecture.md");
      }
    }
    assertEquals(List.of(), missing);
  }

  private static String sources(String folder, String ending) throws IOException {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.list(NATIVE.resolve(folder))) {
      for (Path file : files.filter(path -> path.toString().endsWith(ending)).toList()) {
        text.append(Files.readString(file));
      }
    }
    return text.toString();
  }

  /** A size that is not understood would only show in the middle of a run. */
  @Test
  void everySizeOfEveryFamilyHasACost() {
    for (Case what : Families.cases(null, List.of("cpu"), List.of(1), false)) {
      assertTrue(what.cost().elements() > 0, () -> what.op() + " " + what.work());
    }
    assertEquals("pixels", ScoreWork.parse("pixels:2x3x4@1/20").kind());
  }
}
