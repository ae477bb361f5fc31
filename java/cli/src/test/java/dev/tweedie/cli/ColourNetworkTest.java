package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Image;
import dev.tweedie.io.ImageShape;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Png;
import dev.tweedie.io.PngGrid;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images of several channels from every kind of file, through networks that multiply the channels
 * by 1/2, 1/4 and 1 (colour_models.py), into every kind of output: an order that is mistaken
 * anywhere shows.
 */
class ColourNetworkTest {
  private static final int PIXELS = 4; // 2 x 2
  private static final double[] FACTORS = {0.5, 0.25, 1};

  @TempDir private Path folder;

  private String model(String name) throws IOException {
    try (InputStream in = ColourNetworkTest.class.getResourceAsStream(name)) {
      Files.copy(in, folder.resolve(name));
    }
    return file(name);
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  /** Number of a channel and pixel: multiples of 4/255, so that bytes hold the results too. */
  private static float value(int channel, int pixel) {
    return (4 + 16 * pixel + 80 * channel) / 255f;
  }

  private static float[] planes(int channels) {
    float[] values = new float[channels * PIXELS];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(i / PIXELS, i % PIXELS);
    }
    return values;
  }

  private static float[] sideBySide(int channels) {
    float[] values = new float[channels * PIXELS];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(i % channels, i / channels);
    }
    return values;
  }

  private String write(String name, int channels) throws IOException {
    switch (name) {
      case "first.npy" ->
          Npy.write(folder.resolve(name), NdArray.of(planes(channels), 1, channels, 2, 2));
      case "last.npy" ->
          // Three rows of pixels' width could be channels too, so the size is 2 x 2 of 3 only.
          Npy.write(folder.resolve(name), NdArray.of(lastOfSix(channels), 1, 6, 6, channels));
      case "flat.npy" ->
          Npy.write(folder.resolve(name), NdArray.of(planes(channels), 1, channels * 4));
      default ->
          PngGrid.write(
              folder.resolve(name),
              new Rows(
                  MemorySegment.ofArray(planes(channels)),
                  Precision.FLOAT32,
                  1,
                  channels * PIXELS,
                  ImageShape.planes(channels, 2, 2)),
              1);
    }
    return file(name);
  }

  private static float[] lastOfSix(int channels) {
    float[] values = new float[36 * channels];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(i % channels, i / channels % 4);
    }
    return values;
  }

  private float[] read(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return DataFiles.readRows(folder.resolve(name), Precision.FLOAT32, arena)
          .toArray()
          .toFloats();
    }
  }

  private Run denoise(String model, String in, String out) throws IOException {
    return Run.of("denoise", "--prior", model(model), "--blind", "--in", in, "--out", file(out));
  }

  private static float[] halved(float[] values, int channels, boolean last) {
    float[] expected = values.clone();
    for (int i = 0; i < values.length; i++) {
      int channel = last ? i % channels : i / (values.length / channels);
      expected[i] *= (float) FACTORS[channel];
    }
    return expected;
  }

  @ParameterizedTest
  @ValueSource(strings = {"first.npy", "flat.npy", "colour.png"})
  void aColourNetworkReadsEveryKindOfFileAndWritesEveryKind(String in) throws IOException {
    String given = write(in, 3);
    for (String out : new String[] {"out.npy", "out.npz", "out.png"}) {
      Files.deleteIfExists(folder.resolve("colour.onnx"));
      denoise("colour.onnx", given, out).good();
      float[] expected = halved(planes(3), 3, false);
      assertArrayEquals(expected, read(out), 1e-6f, in + " to " + out);
    }
    assertEquals(ImageShape.planes(3, 2, 2), Png.read(folder.resolve("out.png")).shape());
  }

  @Test
  void aNetworkOfAnySizeTakesTheDatasAndItsOwnOrderOfChannels() throws IOException {
    denoise("colour-any.onnx", write("colour.png", 3), "out.png").good();
    assertArrayEquals(halved(planes(3), 3, false), read("out.png"), 1e-6f);
    // Channels last in the file, first in the network: made so, and the other way around for out.
    String last = write("last.npy", 3);
    Files.delete(folder.resolve("colour-any.onnx"));
    Run run = denoise("colour-any.onnx", last, "out.npy").good();
    assertArrayEquals(halved(lastOfSix(3), 3, true), read("out.npy"), 1e-6f);
    assertEquals(true, run.fact("read").contains("last.npy"), run.out());
    denoise("colour-last.onnx", last, "same.npy").good();
    assertArrayEquals(read("out.npy"), read("same.npy"));
    Files.delete(folder.resolve("colour-last.onnx"));
    denoise("colour-last.onnx", file("colour.png"), "out.png").good();
    assertArrayEquals(halved(planes(3), 3, false), read("out.png"), 1e-6f);
  }

  @Test
  void twoChannelsAreGreyAndOpacityInPictures() throws IOException {
    denoise("two-channels.onnx", write("first.npy", 2), "out.png").good();
    Image out = Png.read(folder.resolve("out.png"));
    assertEquals(ImageShape.planes(2, 2, 2), out.shape());
    assertArrayEquals(halved(planes(2), 2, false), read("out.png"), 1e-6f);
  }

  @Test
  void samplesOfAColourNetworkAreColourPictures() throws IOException {
    String[] command = {
      "sample",
      "--prior",
      model("colour.onnx"),
      "--count",
      "3",
      "--sampler",
      "heun",
      "--schedule",
      "karras:0.02:10",
      "--steps",
      "3",
      "--out",
      file("out.png")
    };
    Run.of(command).good();
    // Two columns, two lines, one pixel between them.
    assertEquals(ImageShape.planes(3, 5, 5), Png.read(folder.resolve("out.png")).shape());
    command[command.length - 1] = file("out.npy");
    Run.of(command).good();
    assertEquals(3 * 12, read("out.npy").length);
  }

  @Test
  void colourForAGreyPriorIsMadeGreyAndSaidSo() throws IOException {
    Npy.write(folder.resolve("point.npy"), NdArray.of(new float[] {0, 0, 0, 0}, 1, 4));
    Run run =
        Run.of(
                "denoise",
                "--prior",
                file("point.npy"),
                "--level",
                "sigma=1",
                "--in",
                write("colour.png", 3),
                "--out",
                file("out.png"))
            .good();
    assertEquals(true, run.out().contains("colour made grey, 0.299 R + 0.587 G + 0.114 B"));
    assertEquals(ImageShape.grey(2, 2), Png.read(folder.resolve("out.png")).shape());
  }

  @Test
  void channelsThatANetworkDoesNotHaveAreRefused() throws IOException {
    denoise("colour.onnx", write("grey.png", 1), "out.npy")
        .refused("grey.png", "found rows of dimension 4, allowed: 12");
    // An array of three planes may be anything: it is no picture that is made grey.
    Npy.write(folder.resolve("point.npy"), NdArray.of(new float[] {0, 0, 0, 0}, 1, 4));
    Run.of(
            "denoise",
            "--prior",
            file("point.npy"),
            "--level",
            "sigma=1",
            "--in",
            write("first.npy", 3),
            "--out",
            file("out.npy"))
        .refused("first.npy", "dimension 12, allowed: 4");
    assertFalse(Files.exists(folder.resolve("out.npy")));
  }

  @Test
  void aNetworkOfHalfPrecisionComputesInIt() throws IOException {
    Npy.write(folder.resolve("x.npy"), NdArray.of(new float[] {1, -2, 0.1f, 65504}, 1, 4));
    denoise("half.onnx", file("x.npy"), "out.npy").good();
    // Half of float16(0.1) = 0.0999755859375.
    assertArrayEquals(new float[] {0.5f, -1, 0.04998779296875f, 32752}, read("out.npy"));
    Npy.write(folder.resolve("x.npy"), NdArray.of(new float[] {1, -2, 0.1f, 1e6f}, 1, 4));
    Files.delete(folder.resolve("half.onnx"));
    denoise("half.onnx", file("x.npy"), "out.npy").refused("half.onnx: its output: found NaN or");
  }
}
