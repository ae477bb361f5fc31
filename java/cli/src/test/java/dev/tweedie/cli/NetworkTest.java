package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.PngGrid;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Networks where a prior is expected. {@code halve.onnx} is blind, of images of any size, and
 * returns half of what it sees; {@code standard-normal.onnx} is told sigma and returns the noise of
 * rows of N(0, 1), {@code sigma x / (1 + sigma^2)}, as its metadata say.
 */
class NetworkTest {
  private static final int HEIGHT = 4;
  private static final int WIDTH = 6;

  @TempDir private Path folder;
  private String halve;
  private String normal;

  @BeforeEach
  void models() throws IOException {
    halve = copy("halve.onnx");
    normal = copy("standard-normal.onnx");
  }

  private String copy(String name) throws IOException {
    try (InputStream in = NetworkTest.class.getResourceAsStream(name)) {
      Files.copy(in, folder.resolve(name));
    }
    return folder.resolve(name).toString();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  /** Grey steps of 1/255, so that a PNG holds them exactly. */
  private static float[] picture() {
    float[] pixels = new float[HEIGHT * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (10 + 2 * i) / 255f;
    }
    return pixels;
  }

  private String png(String name) throws IOException {
    MemorySegment pixels = MemorySegment.ofArray(picture());
    Rows rows = new Rows(pixels, Precision.FLOAT32, 1, HEIGHT * WIDTH, HEIGHT, WIDTH);
    PngGrid.write(folder.resolve(name), rows, 1);
    return file(name);
  }

  private float[] read(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return DataFiles.readRows(folder.resolve(name), Precision.FLOAT32, arena)
          .toArray()
          .toFloats();
    }
  }

  @Test
  void aPictureOfAnySizeIsDenoisedWholeIntoAPicture() throws IOException {
    Run.of("denoise", "--prior", halve, "--blind", "--in", png("in.png"), "--out", file("out.png"))
        .good();
    float[] expected = picture();
    float[] found = read("out.png");
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i] / 2, found[i], 1e-6); // even steps, so halves are exact bytes
    }
    Run wide =
        Run.of(
            "denoise",
            "--prior",
            halve,
            "--method",
            "blind",
            "--network",
            "size=4x7",
            "--in",
            file("in.png"),
            "--out",
            file("no.png"));
    wide.refused("halve.onnx", "width 6", "allowed: 7");
    assertFalse(Files.exists(folder.resolve("no.png")));
  }

  @Test
  void aNetworkToldTheLevelDenoisesRows() throws IOException {
    Npy.write(folder.resolve("x.npy"), NdArray.of(new float[] {1, 2, -3, 4, 0, 6}, 2, 3));
    Run.of(
            "denoise",
            "--prior",
            normal,
            "--network",
            "size=3",
            "--level",
            "sigma=2",
            "--in",
            file("x.npy"),
            "--out",
            file("d.npy"))
        .good();
    float[] found = read("d.npy");
    assertEquals(1 / 5f, found[0], 1e-6); // float32 of x / (1 + sigma^2)
    assertEquals(6 / 5f, found[5], 1e-6);
    Run.of(
            "denoise",
            "--prior",
            normal,
            "--network",
            "size=3",
            "--blind",
            "--in",
            file("x.npy"),
            "--out",
            file("no.npy"))
        .refused("--blind", "not told the level");
  }

  @Test
  void samplersOfBothKindsRun() throws IOException {
    Run.of(
            "sample",
            "--prior",
            normal,
            "--network",
            "size=3",
            "--count",
            "500",
            "--sampler",
            "ddim",
            "--steps",
            "20",
            "--out",
            file("s.npy"))
        .good();
    float[] rows = read("s.npy");
    double variance = 0;
    for (float value : rows) {
      variance += (double) value * value / rows.length;
    }
    // The deterministic flow of N(0, 1) under a variance preserving schedule is the identity: what
    // is left is the sample variance of 1500 numbers, with a standard error of 0.037.
    assertEquals(1, variance, 4 * .037);
    Run.of(
            "sample",
            "--prior",
            halve,
            "--network",
            "size=4x6",
            "--count",
            "3",
            "--sampler",
            "blind:0.2:0.5",
            "--out",
            file("b.npy"))
        .good();
    assertEquals(3 * HEIGHT * WIDTH, read("b.npy").length);
    Run.of(
            "sample",
            "--prior",
            normal,
            "--network",
            "size=3",
            "--count",
            "1",
            "--sampler",
            "blind",
            "--out",
            file("no.npy"))
        .refused("blind", "not told the level");
    Run.of(
            "sample",
            "--prior",
            halve,
            "--count",
            "1",
            "--sampler",
            "blind",
            "--out",
            file("no.npy"))
        .refused("halve.onnx", "size=HxW");
    Run.of(
            "sample",
            "--prior",
            halve,
            "--count",
            "1",
            "--sampler",
            "blind:x",
            "--out",
            file("no.npy"))
        .refused("--sampler", "blind:x", "exponential");
  }

  @Test
  void whatIsKnownOfAPictureComesBackAndTheRestIsFilled() throws IOException {
    Run.of(
            "restore",
            "--prior",
            halve,
            "--in",
            png("in.png"),
            "--operator",
            "inpaint:2:1:3:2",
            "--steps",
            "implicit:0.2:0.5",
            "--out",
            file("r.npy"))
        .good();
    float[] expected = picture();
    float[] found = read("r.npy");
    for (int i = 0; i < expected.length; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      if (x < 2 || x >= 5 || y < 1 || y >= 3) {
        assertEquals(expected[i], found[i], 1e-6); // moved onto its value: one rounding
      }
    }
  }

  @Test
  void aSmallPictureBecomesLarge() throws IOException {
    Run run =
        Run.of(
                "restore",
                "--prior",
                halve,
                "--in",
                png("in.png"),
                "--operator",
                "superres:2",
                "--steps",
                "implicit:0.2:0.5",
                "--out",
                file("large.npy"))
            .good();
    assertEquals("superres:2, 24 of 96 known", run.fact("operator"));
    float[] found = read("large.npy");
    double mean = (found[0] + found[1] + found[12] + found[13]) / 4;
    assertEquals(picture()[0], mean, 1e-6);
    Run.of(
            "restore",
            "--prior",
            halve,
            "--in",
            file("in.png"),
            "--operator",
            "superres:x",
            "--out",
            file("no.npy"))
        .refused("operator superres:x", "N");
    Run.of(
            "restore",
            "--prior",
            halve,
            "--in",
            file("in.png"),
            "--operator",
            "rotate:2",
            "--out",
            file("no.npy"))
        .refused("operator rotate:2", "inpaint");
  }

  @Test
  void anExactPriorRestoresToo() throws IOException {
    float[] points = new float[2 * 16];
    Arrays.fill(points, 16, 32, 1);
    Npy.write(folder.resolve("points.npy"), NdArray.of(points, 2, 16));
    Npy.write(folder.resolve("white.npy"), NdArray.of(Arrays.copyOfRange(points, 16, 32), 1, 16));
    Run run =
        Run.of(
                "restore",
                "--prior",
                file("points.npy"),
                "--in",
                file("white.npy"),
                "--simulate",
                "--operator",
                "missing:0.5:3",
                "--steps",
                "implicit:0.05:0.1",
                "--out",
                file("r.npy"))
            .good();
    for (float value : read("r.npy")) {
      assertEquals(1, value, 1e-3); // the nearer of two points, at sigma 0.01
    }
    assertEquals("missing:0.5:3, 8 of 16 known", run.fact("operator"));
  }

  @Test
  void whatNeedsAPriorRefusesANetwork() throws IOException {
    Npy.write(folder.resolve("x.npy"), NdArray.of(new float[] {1, 2, 3}, 1, 3));
    Run.of(
            "evaluate",
            "--prior",
            normal,
            "--at",
            file("x.npy"),
            "--level",
            "sigma=1",
            "--what",
            "mean",
            "--out",
            file("no.npz"))
        .refused("standard-normal.onnx", "a network");
    Run.of(
            "sample",
            "--prior",
            normal,
            "--network",
            "size=3",
            "--count",
            "1",
            "--sampler",
            "mixture",
            "--out",
            file("no.npy"))
        .refused("mixture", "prior");
    Files.writeString(folder.resolve("bad.onnx"), "this is no model");
    Run.of(
            "denoise",
            "--prior",
            file("bad.onnx"),
            "--blind",
            "--in",
            file("x.npy"),
            "--out",
            file("no.npy"))
        .refused("bad.onnx", "ONNX");
    Run.of(
            "denoise",
            "--prior",
            normal,
            "--network",
            "colour=1",
            "--level",
            "sigma=1",
            "--in",
            file("x.npy"),
            "--out",
            file("no.npy"))
        .refused("colour=1", "predicts");
    assertFalse(Files.exists(folder.resolve("no.npy")));
    assertFalse(Files.exists(folder.resolve("no.npz")));
  }

  @Test
  void theRuntimeIsNamedWithItsVersionAndProviders() {
    String networks = Run.of("info").good().fact("networks");
    String form = "ONNX Runtime \\d+\\.\\d+\\.\\d+, cpu(, cuda|; cuda absent: .+)";
    assertTrue(networks.matches(form), networks);
  }

  @Test
  void aNetworkThatIsToldNothingIsDenoisedWithBlindInPlaceOfALevel() {
    Run.of("denoise", "--prior", halve, "--in", file("x.npy"), "--out", file("no.npy"))
        .refused("--level: found none", "--blind");
    assertFalse(Files.exists(folder.resolve("no.npy")));
  }
}
