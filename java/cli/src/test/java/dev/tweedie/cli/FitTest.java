package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.ElementType;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tweedie fit}, and what it makes as a prior. */
final class FitTest {
  @TempDir private Path folder;
  private Path rows;
  private Path out;

  @BeforeEach
  void write() throws IOException {
    rows = folder.resolve("rows.npy");
    out = folder.resolve("mixture.npz");
    Npy.write(rows, NdArray.of(numbers(240), 60, 4));
  }

  private static double[] numbers(int count) {
    SplittableRandom random = new SplittableRandom(1);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextDouble() + (i / 4 % 2) * 3;
    }
    return values;
  }

  private Run fit(String... more) {
    String[] arguments = new String[7 + more.length];
    String[] first = {
      "fit", "--in", rows.toString(), "--out", out.toString(), "--progress", "never"
    };
    System.arraycopy(first, 0, arguments, 0, 7);
    System.arraycopy(more, 0, arguments, 7, more.length);
    return Run.of(arguments);
  }

  @Test
  void everyKindMakesAPriorThatDenoises() throws IOException {
    for (String kind : new String[] {"isotropic", "diagonal", "low-rank:2", "full"}) {
      Run run = fit("--components", "2", "--covariance", kind);
      assertEquals(0, run.status(), run.err());
      assertTrue(run.out().contains("log-likelihood"), run.out());
      assertTrue(run.out().contains("converged after"), run.out());
      assertEquals(2, MixtureFile.read(out).parameters().components());
      Run denoise =
          Run.of(
              "denoise",
              "--prior",
              out.toString(),
              "--in",
              rows.toString(),
              "--level",
              "sigma=0.1",
              "--out",
              folder.resolve("clean.npy").toString());
      assertEquals(0, denoise.status(), denoise.err());
    }
  }

  @Test
  void complexRowsGiveComplexMixturesAndComplexEstimates() throws IOException {
    MemorySegment parts = MemorySegment.ofArray(numbers(240));
    Npy.write(rows, new NdArray(ElementType.COMPLEX128, new long[] {60, 2}, parts));
    Run run = fit("--components", "2", "--floor", "1e-3");
    assertEquals(0, run.status(), run.err());
    try (Arena arena = Arena.ofConfined()) {
      Npz npz = Npz.open(out, arena);
      assertEquals("complex128 (2, 2)", npz.get("means").toString());
      assertEquals("complex128 (2, 2, 2)", npz.get("covariances").toString());
      Path clean = folder.resolve("clean.npy");
      Run denoise =
          Run.of(
              "denoise",
              "--prior",
              out.toString(),
              "--in",
              rows.toString(),
              "--level",
              "snr=10dB",
              "--clean",
              rows.toString(),
              "--out",
              clean.toString());
      assertEquals(0, denoise.status(), denoise.err());
      assertTrue(denoise.out().contains("nMSE"), denoise.out());
      assertEquals("complex64 (60, 2)", Npy.read(clean, arena).toString());
      Path values = folder.resolve("values.npz");
      Run evaluate =
          Run.of(
              "evaluate",
              "--prior",
              out.toString(),
              "--at",
              rows.toString(),
              "--level",
              "sigma=0.5",
              "--what",
              "logp,mean,diagonal",
              "--out",
              values.toString());
      assertEquals(0, evaluate.status(), evaluate.err());
      Npz read = Npz.open(values, arena);
      assertEquals("complex64 (60, 2)", read.get("mean").toString());
      assertEquals("float32 (60, 4)", read.get("diagonal").toString());
    }
  }

  @Test
  void realRowsOfPairsMakeTheSameComplexMixture() throws IOException {
    assertEquals(0, fit("--components", "2", "--complex").status());
    Path pairs = Files.copy(out, out.resolveSibling("pairs.npz"));
    MemorySegment parts = MemorySegment.ofArray(numbers(240));
    Npy.write(rows, new NdArray(ElementType.COMPLEX128, new long[] {60, 2}, parts));
    assertEquals(0, fit("--components", "2").status());
    try (Arena arena = Arena.ofConfined()) {
      Npz expected = Npz.open(pairs, arena);
      Npz found = Npz.open(out, arena);
      assertEquals(expected.names(), found.names());
      for (String name : expected.names()) {
        assertEquals(expected.get(name), found.get(name), name); // type, shape and bytes
      }
    }
  }

  @Test
  void badInputGetsOneLineAndWritesNothing() throws IOException {
    refused("components: found 61, allowed: 1 to 60, the number of rows", "--components", "61");
    refused("--components: found '0', allowed: a whole number >= 1", "--components", "0");
    refused("--floor: found 'high', allowed: a number", "--components", "2", "--floor", "high");
    refused("tolerance: found NaN", "--components", "2", "--tolerance", "NaN");
    refused("floor: found 0.0", "--components", "2", "--floor", "0");
    refused("rank: found 4", "--components", "2", "--covariance", "low-rank:4");
    refused("allowed: isotropic, diagonal", "--components", "2", "--covariance", "round");
    Npy.write(rows, NdArray.of(new double[15], 5, 3));
    refused("complex rows: found 3 real numbers in a row", "--components", "2", "--complex");
    Npy.write(rows, NdArray.of(new double[] {1, Double.NaN}, 2, 1));
    refused("row 1, column 0 (from 0) is NaN", "--components", "1");
  }

  private void refused(String message, String... options) {
    fit(options).refused(message);
    assertFalse(Files.exists(out));
  }

  @Test
  void fewerRowsThanDimensionsAreWarnedOf() throws IOException {
    Npy.write(rows, NdArray.of(numbers(60), 3, 20));
    Run run = fit("--components", "1");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("3 rows in dimension 20: the floor"), run.out());
  }

  /** Moved data have a moved mixture of the same likelihood, however far they are moved. */
  @ParameterizedTest
  @ValueSource(doubles = {1e6, 1e8, -1e10})
  void anOffsetThatFloat32WouldLoseIsTakenOutInFloat64(double offset) throws IOException {
    String[] options = {"--components", "2", "--covariance", "diagonal", "--iterations", "20"};
    Run near = fit(options).good();
    double[] means = MixtureFile.read(out).parameters().means();
    double[] moved = numbers(240);
    for (int i = 0; i < moved.length; i++) {
      moved[i] += offset;
    }
    Npy.write(rows, NdArray.of(moved, 60, 4));
    Run far = fit(options).good();
    assertEquals(
        lastLikelihood(near), lastLikelihood(far), 1e-4, "1e10 leaves float64 2e-6 of a spread");
    double[] found = MixtureFile.read(out).parameters().means();
    for (int i = 0; i < means.length; i++) {
      assertEquals(means[i], found[i] - offset, 1e-4);
    }
    assertTrue(far.out().contains("about its mean in float64"), far.out());
    assertFalse(near.out().contains("about its mean"), near.out());
  }

  private static double lastLikelihood(Run run) {
    String line =
        run.out().lines().filter(one -> one.matches(" *\\d+ +-?\\d.*")).toList().getLast();
    return Double.parseDouble(line.strip().split(" +")[1]);
  }

  @Test
  void oneIterationHasNoChangeAndAFloorWiderThanTheDataIsWarnedOf() {
    Run run = fit("--components", "1", "--iterations", "1");
    assertFalse(run.out().contains("NaN"), run.out());
    assertTrue(run.out().contains("one says nothing of a change"), run.out());
    String wide = fit("--components", "2", "--floor", "100").out();
    assertTrue(wide.contains("covariances are wider than the data"), wide);
    assertFalse(run.out().contains("wider than the data"), run.out());
  }
}
