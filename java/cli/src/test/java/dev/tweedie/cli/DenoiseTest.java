package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import dev.tweedie.io.Png;
import dev.tweedie.io.PngGrid;
import dev.tweedie.io.Rows;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.DataSet;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Truncated;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.reverse.TruncatedDenoiser.Match;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DenoiseTest {
  private static final double[] ROWS = {0.3, -0.2, 1.1, 0.4, -0.6, 0.9, 0.05, 0.05, -1.4, 1.6};

  @TempDir Path folder;

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private void write(String name, double[] values, int dim) throws IOException {
    Npy.write(folder.resolve(name), NdArray.of(values, values.length / dim, dim));
  }

  private NdArray read(String name) throws IOException {
    return Npy.read(folder.resolve(name), Arena.ofAuto());
  }

  private Run denoise(String... more) {
    String[] first = {
      "denoise", "--prior", "builtin:grid49", "--in", path("in.npy"), "--out", path("out.npy")
    };
    return Run.of(with(first, more));
  }

  private static String[] with(String[] first, String... more) {
    String[] all = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }

  @Test
  void theMeanIsTheEnginesInFloat64WithReference() throws IOException {
    write("in.npy", ROWS, 2);
    Run run = denoise("--level", "alpha=0.8,sigma=0.6", "--backend", "reference").good();
    assertEquals("reference", run.fact("backend"));
    assertEquals("5 x 2", run.fact("rows"));
    NdArray found = read("out.npy");
    assertEquals(ElementType.FLOAT64, found.type());
    assertArrayEquals(new long[] {5, 2}, found.shape());
    assertArrayEquals(mean("reference", ROWS, Level.of(0.8, 0.6)), found.toDoubles());
  }

  @Test
  void theMeanIsTheEnginesInFloat32WithTheBestBackend() throws IOException {
    write("in.npy", ROWS, 2);
    denoise("--level", "sigma=0.5", "--threads", "2").good();
    try (Engine engine = Engine.open()) {
      assertEquals(ElementType.of(engine.backend().precision()), read("out.npy").type());
    }
    assertArrayEquals(mean("auto", ROWS, Level.ofSigma(0.5)), read("out.npy").toDoubles());
  }

  private static double[] mean(String backend, double[] rows, Level level) {
    try (Engine engine = Engine.open(backend, 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("grid49"));
      return posterior.denoise(engine.samples(rows, rows.length / 2), level).toDoubles();
    }
  }

  @Test
  void anSnrIsThatOfTheRowsAsTheyAre() throws IOException {
    write("in.npy", ROWS, 2);
    Run run = denoise("--level", "snr=3dB", "--backend", "reference").good();
    Level level = Level.ofSigma(StrictMath.pow(10, -.15));
    assertArrayEquals(mean("reference", ROWS, level), read("out.npy").toDoubles());
    assertEquals("mean at " + level, run.fact("method"));
  }

  @Test
  void theTruncatedChainIsTheEngines() throws IOException {
    write("in.npy", ROWS, 2);
    denoise(
            "--level",
            "sigma=0.5",
            "--method",
            "truncated",
            "--schedule",
            "fesl:10",
            "--backend",
            "reference")
        .good();
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("grid49"));
      Samples expected =
          new Chain(posterior, Schedules.fesl(10), 0, 5)
              .denoise(new Truncated(), engine.samples(ROWS, 5), Level.ofSigma(0.5), 0);
      assertArrayEquals(expected.toDoubles(), read("out.npy").toDoubles());
    }
  }

  /** Levels of 5 at 40 and 5 dB: sigma .06, 24 dB, is nearer to the first in dB only. */
  @Test
  void theTruncatedChainMatchesLinearlyAndReSamplesWhereAsked() throws IOException {
    write("in.npy", ROWS, 2);
    String[] five = {"--level", "sigma=0.06", "--method", "truncated", "--schedule", "fesl:5"};
    try (Engine engine = Engine.open()) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("grid49"));
      TruncatedDenoiser chain = new TruncatedDenoiser(posterior, Schedules.fesl(5), 5);
      Samples y = engine.samples(ROWS, 5);
      Level level = Level.ofSigma(0.06);
      denoise(five).good();
      double[] decibel = read("out.npy").toDoubles();
      assertArrayEquals(chain.chain(y, level, 0).toDoubles(), decibel);
      denoise(with(five, "--match", "linear")).good();
      double[] linear = read("out.npy").toDoubles();
      assertArrayEquals(chain.matching(Match.LINEAR).chain(y, level, 0).toDoubles(), linear);
      assertFalse(Arrays.equals(decibel, linear));
      denoise(with(five, "--match", "linear", "--re-sampling", "--seed", "3")).good();
      double[] drawn = read("out.npy").toDoubles();
      assertArrayEquals(chain.resampling(3).chain(y, level, 0).toDoubles(), drawn);
      assertFalse(Arrays.equals(linear, drawn));
    }
    denoise("--level", "sigma=1", "--re-sampling").refused("--re-sampling", "--method truncated");
  }

  @Test
  void blindIsTheEnginesAverageOverLevels() throws IOException {
    write("in.npy", ROWS, 2);
    denoise("--blind", "--level-prior", "power:3:0.05:5:9", "--backend", "reference").good();
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("grid49"));
      Samples expected =
          new ExactBlindDenoiser(posterior, LevelPrior.powerLaw(3, 0.05, 5, 9))
              .denoise(engine.samples(ROWS, 5));
      assertArrayEquals(expected.toDoubles(), read("out.npy").toDoubles());
    }
    denoise("--method", "blind").good(); // with the level prior that holds where none is given
  }

  @Test
  void batchesAndThreadsDoNotChangeABitOfTheFile() throws IOException {
    write("in.npy", ROWS, 2);
    for (String method : new String[] {"mean", "truncated"}) {
      denoise("--level", "snr=6dB", "--method", method, "--threads", "1").good();
      byte[] whole = Files.readAllBytes(folder.resolve("out.npy"));
      for (String batch : new String[] {"1", "2", "3", "1000"}) {
        denoise("--level", "snr=6dB", "--method", method, "--threads", "3", "--batch", batch)
            .good();
        assertArrayEquals(whole, Files.readAllBytes(folder.resolve("out.npy")), batch);
      }
    }
  }

  /**
   * One component of variance 1 at 0 and level alpha 1, sigma 1: the mean is x / 2. With x = (2,
   * 0), (0, 4) and clean (1, 1), (0, 1): errors 0, 1 and 0, 1; squared norm 3.
   */
  @Test
  void metricsAgainstTheCleanRowsByHand() throws IOException {
    Npz.write(
        folder.resolve("normal.npz"),
        Map.of(
            "weights", NdArray.of(new double[] {1}, 1),
            "means", NdArray.of(new double[] {0, 0}, 1, 2),
            "covariances", NdArray.of(new double[] {1}, 1)));
    write("in.npy", new double[] {2, 0, 0, 4}, 2);
    write("clean.npy", new double[] {1, 1, 0, 1}, 2);
    Run run =
        Run.of(
                "denoise",
                "--prior",
                path("normal.npz"),
                "--in",
                path("in.npy"),
                "--out",
                path("out.npy"),
                "--level",
                "sigma=1",
                "--clean",
                path("clean.npy"),
                "--backend",
                "reference")
            .good();
    assertArrayEquals(new double[] {1, 0, 0, 2}, read("out.npy").toDoubles());
    assertEquals("0.500000 (over all numbers)", run.fact("MSE"));
    assertEquals("3.010 dB (mean over rows)", run.fact("PSNR")); // 10 log10 2 in both rows
    assertEquals("0.666667 (of the clean rows' squares)", run.fact("nMSE"));
  }

  @Test
  void withoutCleanRowsThereAreNoMetrics() throws IOException {
    write("in.npy", ROWS, 2);
    String out = denoise("--level", "sigma=1").good().out();
    assertTrue(!out.contains("MSE") && !out.contains("PSNR"), out);
  }

  /** Two images of 2 x 3 pixels as prior folder; each is its own denoised picture at low noise. */
  @Test
  void picturesInAndOutKeepTheirSize() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    float[] first = {0, 1, 0, 1, 0, 1};
    float[] second = {1, 1, 1, 0, 0, 0};
    png(images.resolve("a.png"), first);
    png(images.resolve("b.png"), second);
    Run.of(
            "denoise",
            "--prior",
            images.toString(),
            "--in",
            images.resolve("b.png").toString(),
            "--out",
            path("out.png"),
            "--level",
            "sigma=0.1")
        .good();
    var found = Png.read(folder.resolve("out.png"));
    assertEquals(2, found.height());
    assertEquals(3, found.width());
    assertArrayEquals(new double[] {1, 1, 1, 0, 0, 0}, found.pixels());
  }

  private static void png(Path file, float[] pixels) throws IOException {
    MemorySegment values = MemorySegment.ofArray(pixels);
    PngGrid.write(file, new Rows(values, Precision.FLOAT32, 1, 6, 2, 3));
  }

  @Test
  void aDataSetFileIsThePriorOfItsRows() throws IOException {
    write("data.npy", ROWS, 2);
    write("in.npy", new double[] {0.2, 0.2}, 2);
    Run.of(
            "denoise",
            "--prior",
            path("data.npy"),
            "--in",
            path("in.npy"),
            "--out",
            path("out.npy"),
            "--level",
            "sigma=0.7",
            "--backend",
            "reference")
        .good();
    try (Engine engine = Engine.open("reference", 1)) {
      Samples expected =
          ExactPosterior.of(engine, DataSet.of(ROWS, 2))
              .denoise(engine.samples(new double[] {0.2, 0.2}, 1), Level.ofSigma(0.7));
      assertArrayEquals(expected.toDoubles(), read("out.npy").toDoubles());
    }
  }

  @Test
  void anEarlierOutputIsReplacedWholeAndNothingElseIsLeft() throws IOException {
    write("in.npy", ROWS, 2);
    Files.write(folder.resolve("out.npy"), new byte[100_000]);
    denoise("--level", "sigma=1").good();
    assertEquals(
        5,
        DataFiles.readRows(folder.resolve("out.npy"), Precision.FLOAT64, Arena.ofAuto()).count());
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }
}
