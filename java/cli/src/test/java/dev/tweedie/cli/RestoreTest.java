package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two pictures of 8 x 8, black above; one is white below, which is what nobody has seen. */
class RestoreTest {
  private static final int PIXELS = 64;

  @TempDir private Path folder;

  @BeforeEach
  void pictures() throws IOException {
    float[] points = new float[2 * PIXELS];
    Arrays.fill(points, PIXELS + PIXELS / 2, 2 * PIXELS, 1);
    Npy.write(folder.resolve("prior.npy"), NdArray.of(points, 2, PIXELS));
    Npy.write(folder.resolve("seen.npy"), NdArray.of(new float[2 * PIXELS], 2, PIXELS));
    float[] clean = points.clone();
    for (int i = 0; i < clean.length; i++) {
      clean[i] += .1f;
    }
    Npy.write(folder.resolve("clean.npy"), NdArray.of(clean, 2, PIXELS));
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private Run restore(String... more) {
    String[] command = {
      "restore",
      "--prior",
      file("prior.npy"),
      "--in",
      file("seen.npy"),
      "--operator",
      "inpaint:0:4:8:4",
      "--steps",
      "implicit:0.1:1", // without noise, so that the nearer picture is reached
      "--levels",
      "1:0.01",
      "--out",
      file("out.npy")
    };
    return Run.of(Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new));
  }

  private Run restoreWith(String option, String value) {
    return Run.of(
        "restore",
        "--prior",
        file("prior.npy"),
        "--in",
        file("seen.npy"),
        "--operator",
        "inpaint:0:4:8:4",
        "--out",
        file("out.npy"),
        option,
        value);
  }

  private float[] points(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return DataFiles.readRows(folder.resolve(name), Precision.FLOAT32, arena)
          .toArray()
          .toFloats();
    }
  }

  @Test
  void eachRowGoesToThePictureThatItStartsNear() throws IOException {
    float[] expected = points("prior.npy");
    Run run = restore("--start", file("clean.npy"), "--clean", file("clean.npy")).good();
    assertArrayEquals(expected, points("out.npy"), 1e-6f);
    assertEquals("20.000 dB (mean over rows)", run.fact("PSNR")); // every pixel is off by .1
    float[] turned = new float[2 * PIXELS];
    System.arraycopy(expected, PIXELS, turned, 0, PIXELS);
    Npy.write(folder.resolve("turned.npy"), NdArray.of(turned, 2, PIXELS));
    restore("--start", file("turned.npy")).good();
    assertArrayEquals(turned, points("out.npy"), 1e-6f);
  }

  @Test
  void rowsThatAreNotOneForEachAreRefused() throws IOException {
    Npy.write(folder.resolve("one.npy"), NdArray.of(new float[PIXELS], 1, PIXELS));
    Npy.write(folder.resolve("short.npy"), NdArray.of(new float[8], 2, 4));
    restore("--start", file("one.npy")).refused("--start", "one.npy", "found 1 rows", "2");
    restore("--clean", file("one.npy")).refused("--clean", "one.npy", "found 1 rows", "2");
    restore("--start", file("short.npy")).refused("--start", "short.npy", "dimension 4", "64");
    restore("--simulate", "--clean", file("clean.npy")).refused("--clean", "--simulate");
  }

  /**
   * Two pixels, N(m, s^2 [[1, .9], [.9, 1]]), the first known at m + s. The posterior of the second
   * has mean m + .9 s and variance .19 s^2. A float64 program of the algorithm in numpy gave .580
   * of that variance with noise from 1 to .01 at s = .2 (40,000 rows, mean off by .0014); that of
   * 4,000 rows has a standard deviation of .013. The same at every scale of the data.
   */
  @ParameterizedTest
  @CsvSource({"0.5, 0.2", "5000, 1000", "-3, 0.0002"})
  void whatIsDrawnFollowsThePriorsScaleAndVariesLessThanThePosterior(double m, double s)
      throws IOException {
    int rows = 4000;
    Map<String, NdArray> prior = new LinkedHashMap<>();
    prior.put("weights", NdArray.of(new double[] {1}, 1));
    prior.put("means", NdArray.of(new double[] {m, m}, 1, 2));
    double v = s * s;
    prior.put("covariances", NdArray.of(new double[] {v, .9 * v, .9 * v, v}, 1, 2, 2));
    Npz.write(folder.resolve("pixels.npz"), prior);
    double[] seen = new double[2 * rows];
    Arrays.fill(seen, m + s);
    Npy.write(folder.resolve("half.npy"), NdArray.of(seen, rows, 1, 2));
    Run.of(
            "restore",
            "--prior",
            file("pixels.npz"),
            "--in",
            file("half.npy"),
            "--operator",
            "inpaint:1:0:1:1",
            "--backend",
            "reference",
            "--out",
            file("out.npy"))
        .good();
    double[] out;
    try (Arena arena = Arena.ofConfined()) {
      out = Npy.read(folder.resolve("out.npy"), arena).toDoubles();
    }
    double mean = 0;
    double square = 0;
    for (int i = 0; i < rows; i++) {
      assertEquals(m + s, out[2 * i], 1e-9 * (Math.abs(m) + s));
      double x = (out[2 * i + 1] - m) / s;
      mean += x / rows;
      square += x * x / rows;
    }
    assertEquals(.9, mean, .03); // four standard deviations, and the sampler's own bias
    assertEquals(.58, (square - mean * mean) / .19, .06);
  }

  @Test
  void theHelpSaysThatItIsNotThePosterior() {
    String help = Run.of("restore", "--help").good().out();
    assertTrue(help.contains("varies less than the posterior"), help);
    assertTrue(help.contains("0.58 of the posterior's variance"), help);
  }

  @Test
  void levelsThatDoNotGoDownAndWordsThatAreNoStepsAreRefused() {
    restoreWith("--levels", "1:2").refused("--levels", "1:2", "START > STOP");
    restoreWith("--steps", "implicit:1:1").good(); // one step, to the estimate itself
    restoreWith("--steps", "100").refused("--steps: found 100", "implicit[:H0[:BETA]]");
    restoreWith("--steps", "foo").refused("--steps: found foo", "implicit[:H0[:BETA]]");
  }

  /** What is wrong is the operator's size, not the prior's. */
  @Test
  void rowsThatTheOperatorDoesNotMakeAreNamedWithWhatItMakes() throws IOException {
    Run.of(
            "restore",
            "--prior",
            file("prior.npy"),
            "--in",
            file("seen.npy"),
            "--operator",
            "superres:4",
            "--out",
            file("out.npy"))
        .refused("dimension 64", "allowed: 4, what --operator superres:4 leaves", "64 of --prior");
  }
}
