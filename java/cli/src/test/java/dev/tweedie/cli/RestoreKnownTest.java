package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NaN in {@code restore --in} is what is unknown, in each row something else. */
class RestoreKnownTest {
  private static final double NAN = Double.NaN;

  /** How far the sampler's mean is from the posterior's, at most, of known_elements.py. */
  private static final double BIAS = .0041;

  private static final double[] ROW = {1.5, -1, 1};

  @TempDir private Path folder;

  /** N(M, C) of known_elements.py. */
  @BeforeEach
  void prior() throws IOException {
    Map<String, NdArray> prior = new LinkedHashMap<>();
    prior.put("weights", NdArray.of(new double[] {1}, 1));
    prior.put("means", NdArray.of(new double[] {1, -2, .5}, 1, 3));
    double[] covariance = {1, .9, .3, .9, 1.2, .2, .3, .2, .8};
    prior.put("covariances", NdArray.of(covariance, 1, 3, 3));
    Npz.write(folder.resolve("prior.npz"), prior);
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private Run restore(double[] rows, String... more) throws IOException {
    Npy.write(folder.resolve("in.npy"), NdArray.of(rows, rows.length / 3, 3));
    List<String> command = new ArrayList<>(List.of("restore", "--prior", file("prior.npz")));
    command.addAll(List.of("--in", file("in.npy"), "--out", file("out.npy")));
    command.addAll(List.of(more));
    return Run.of(command);
  }

  private double[] out() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return DataFiles.readRows(folder.resolve("out.npy"), Precision.FLOAT64, arena)
          .values()
          .toArray(ValueLayout.JAVA_DOUBLE);
    }
  }

  /** Which elements of a pattern are unknown, and what known_elements.py prints of them. */
  private record Pattern(int[] unknown, double[] mean, double[] variance) {}

  /**
   * Against the exact posterior: the mean within four standard deviations of a mean of draws that
   * have .58 of its variance, and the sampler's own bias, the largest that the recursion has; the
   * variance of the draws within four standard deviations of the recursion's .565.
   */
  @Test
  void eachPatternIsDrawnFromItsOwnPosteriorAndInItsPlace() throws IOException {
    List<Pattern> patterns =
        List.of(
            new Pattern(new int[] {1, 2}, new double[] {-1.55, .65}, new double[] {.39, .71}),
            new Pattern(new int[] {0}, new double[] {1.81521739}, new double[] {.29565217}),
            new Pattern(new int[] {1}, new double[] {-1.58450704}, new double[] {.38309859}));
    int each = 1500;
    double[] rows = new double[3 * 3 * each];
    for (int i = 0; i < 3 * each; i++) {
      System.arraycopy(ROW, 0, rows, 3 * i, 3);
      for (int j : patterns.get(i % 3).unknown()) {
        rows[3 * i + j] = NAN;
      }
    }
    Run run = restore(rows, "--backend", "reference").good();
    assertEquals("known, element by element", run.fact("operator"));
    assertEquals("6000 of 13500 numbers, NaN, in 4500 of 4500 rows", run.fact("unknown"));
    double[] out = out();
    for (int i = 0; i < rows.length; i++) {
      assertTrue(Double.isNaN(rows[i]) || rows[i] == out[i], "a known number has changed");
    }
    for (int p = 0; p < 3; p++) {
      Pattern pattern = patterns.get(p);
      for (int u = 0; u < pattern.unknown().length; u++) {
        double sum = 0;
        double square = 0;
        for (int i = p; i < 3 * each; i += 3) {
          double x = out[3 * i + pattern.unknown()[u]] - pattern.mean()[u];
          sum += x / each;
          square += x * x / each;
        }
        double v = pattern.variance()[u];
        String name = "pattern %d, element %d".formatted(p, pattern.unknown()[u]);
        assertEquals(0, sum, 4 * Math.sqrt(.58 * v / each) + BIAS, name);
        assertEquals(.565, (square - sum * sum) / v, 4 * .565 * Math.sqrt(2.0 / each), name);
      }
    }
  }

  /** The same bits whatever rows are beside, and on any number of threads and in any batches. */
  @Test
  void aRowDoesNotKnowOfTheOthers() throws IOException {
    double[] rows = {NAN, -1, 1, 1.5, NAN, NAN, 1.5, -1, 1, NAN, -1, NAN, 1.5, NAN, 1};
    restore(rows, "--batch", "2", "--threads", "1").good();
    double[] batches = out();
    restore(rows, "--operator", "known").good();
    double[] together = out();
    assertArrayEquals(together, batches, 0);
    assertArrayEquals(ROW, Arrays.copyOfRange(together, 6, 9), 0); // nothing of it is unknown
    for (int row = 0; row < 5; row++) {
      double[] others = rows.clone();
      for (int i = 0; i < rows.length; i++) {
        if (i / 3 != row) {
          others[i] = i % 3 == row % 3 ? 7 : NAN; // a pattern and numbers of its own
        }
      }
      restore(others).good();
      assertArrayEquals(
          Arrays.copyOfRange(together, 3 * row, 3 * row + 3),
          Arrays.copyOfRange(out(), 3 * row, 3 * row + 3),
          0,
          "row " + row);
    }
    restore(Arrays.copyOf(rows, 3)).good();
    assertArrayEquals(Arrays.copyOf(together, 3), out(), 0); // the first row is the first alone
  }

  /** What a box hides and what is NaN are the same: but for the rounding of what is known. */
  @Test
  void itIsWhatTheOperatorDrawsThatHidesTheSame() throws IOException {
    restore(new double[] {NAN, -1, 1}, "--backend", "reference").good();
    double[] known = out();
    restore(new double[] {0, -1, 1}, "--operator", "inpaint:0:0:1:1", "--backend", "reference")
        .good();
    assertArrayEquals(out(), known, 1e-12); // 802 steps that contract, of 1e-16 each
  }

  @Test
  void aComplexNumberIsUnknownWhereOneOfItsPartsIs() throws IOException {
    Map<String, NdArray> prior = new LinkedHashMap<>();
    prior.put("weights", NdArray.of(new double[] {1}, 1));
    prior.put("means", NdArray.of(new double[4], 1, 4));
    prior.put("covariances", NdArray.of(new double[] {1}, 1));
    Npz.write(folder.resolve("prior4.npz"), prior);
    double[] parts = {NAN, 0, 2, 3}; // NumPy's nan, and 2 + 3 i
    try (Arena arena = Arena.ofConfined()) {
      Npy.write(folder.resolve("c.npy"), complex(parts, arena));
    }
    Run.of(
            "restore",
            "--prior",
            file("prior4.npz"),
            "--in",
            file("c.npy"),
            "--out",
            file("out.npy"))
        .good();
    double[] out = out();
    assertTrue(Double.isFinite(out[0]) && out[1] != 0, Arrays.toString(out));
    assertArrayEquals(new double[] {2, 3}, Arrays.copyOfRange(out, 2, 4), 0);
  }

  private static NdArray complex(double[] parts, Arena arena) {
    return new NdArray(
        ElementType.COMPLEX128,
        new long[] {1, parts.length / 2},
        arena.allocateFrom(ValueLayout.JAVA_DOUBLE, parts));
  }

  @Test
  void whatSaysNothingOrCannotBeMeantIsRefused() throws IOException {
    restore(new double[] {NAN, 1, 2, NAN, NAN, NAN})
        .refused("--in", "in.npy", "found no known element in row 1", "allowed: 1 or more of 3");
    restore(new double[] {NAN, 1, 2, 0, Double.POSITIVE_INFINITY, 0})
        .refused("in.npy: row 1, column 1 (from 0) is Infinity", "or NaN for unknown ones");
    restore(new double[] {0, 1, 2, NAN, 1, 2}, "--operator", "inpaint:0:0:1:1")
        .refused("--in", "found NaN in row 1", "--operator known");
    restore(new double[] {0, 1e39, NAN}).refused("is 1.0E39; allowed: finite numbers of float32");
    restore(ROW).refused("--operator: found none, and no NaN in --in", "inpaint", "or known");
    restore(ROW, "--operator", "known").refused("--in", "found no NaN, allowed: 1 or more");
    restore(new double[] {NAN, 1, 2}, "--simulate").refused("--simulate", "--operator known");
    Npy.write(folder.resolve("truth.npy"), NdArray.of(new double[] {NAN, 1, 2}, 1, 3));
    restore(new double[] {NAN, 1, 2}, "--clean", file("truth.npy"))
        .refused("truth.npy: row 0, column 0 (from 0) is NaN");
  }

  @Test
  void theHelpSaysIt() {
    String help = Run.of("restore", "--help").good().out().replaceAll("\\s+", " ");
    assertTrue(help.contains("or known, where NaN is what is unknown"), help);
  }
}
