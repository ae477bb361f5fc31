package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code restore} of colour images: rows that begin near one of three pictures, and whose seen part
 * is that picture's, become it. Of other channels the seen part would not fit.
 */
class RestoreColourTest {
  private static final int SIDE = 10; // half of it is more than channels may be
  private static final int PIXELS = SIDE * SIDE;
  private static final int POINTS = 3;

  @TempDir private Path folder;

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  /** Multiples of 1/255, as pictures have them; every pixel and channel tells a point. */
  private static float value(int point, int channel, int pixel) {
    return ((37 * pixel * (channel + 1) + 83 * point + 51 * channel) % 256) / 255f;
  }

  private float[] write(String name, boolean last) throws IOException {
    float[] values = new float[POINTS * 3 * PIXELS];
    for (int point = 0; point < POINTS; point++) {
      for (int channel = 0; channel < 3; channel++) {
        for (int pixel = 0; pixel < PIXELS; pixel++) {
          int at = last ? pixel * 3 + channel : channel * PIXELS + pixel;
          values[point * 3 * PIXELS + at] = value(point, channel, pixel);
        }
      }
    }
    long[] shape = last ? new long[] {POINTS, SIDE, SIDE, 3} : new long[] {POINTS, 3, SIDE, SIDE};
    Npy.write(folder.resolve(name), NdArray.of(values, shape));
    return values;
  }

  private Run near(String in, String start, String operator, String... more) {
    Stream<String> command =
        Stream.of(
            "restore",
            "--prior",
            file("prior.npy"),
            "--in",
            file(in),
            "--operator",
            operator,
            "--start",
            file(start),
            "--levels",
            "0.1:0.001",
            "--seed",
            "3",
            "--out",
            file("out.npy"));
    return Run.of(Stream.concat(command, Stream.of(more)).toArray(String[]::new));
  }

  private float[] out() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return Npy.read(folder.resolve("out.npy"), arena).toFloats();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "inpaint:0:0:3:6, false, false",
    "inpaint:0:0:3:6, true, true",
    "missing:0.3, false, true",
    "superres:2, true, false",
    "superres:5, false, false",
    "blur:3, true, true",
    "random:0.5, false, false"
  })
  void everyOperatorTakesColours(String operator, boolean priorLast, boolean inLast)
      throws IOException {
    write("prior.npy", priorLast);
    float[] expected = write("clean.npy", inLast);
    near("clean.npy", "clean.npy", operator, "--simulate").good();
    assertArrayEquals(expected, out(), .02f);
  }

  /** What was observed already, small and with channels last. */
  @Test
  void smallImagesAreTakenInTheirOrder() throws IOException {
    write("prior.npy", false);
    float[] expected = write("expected.npy", true);
    int small = SIDE / 2;
    float[] means = new float[POINTS * 3 * small * small];
    for (int point = 0; point < POINTS; point++) {
      for (int channel = 0; channel < 3; channel++) {
        for (int pixel = 0; pixel < PIXELS; pixel++) {
          int block = pixel / SIDE / 2 * small + pixel % SIDE / 2;
          means[(point * small * small + block) * 3 + channel] += value(point, channel, pixel) / 4;
        }
      }
    }
    Npy.write(folder.resolve("small.npy"), NdArray.of(means, POINTS, small, small, 3));
    near("small.npy", "expected.npy", "superres:2").good();
    assertArrayEquals(expected, out(), .02f);
  }

  @ParameterizedTest
  @ValueSource(strings = {"inpaint:0:0:3:6", "blur:3"})
  void aColourPictureIsTaken(String operator) throws IOException {
    write("prior.npy", false);
    float[] point = new float[3 * PIXELS];
    for (int i = 0; i < point.length; i++) {
      point[i] = value(1, i / PIXELS, i % PIXELS);
    }
    Npy.write(folder.resolve("one.npy"), NdArray.of(point, 1, 3, SIDE, SIDE));
    Run.of(
            "denoise",
            "--prior",
            file("prior.npy"),
            "--in",
            file("one.npy"),
            "--level",
            "sigma=0.001",
            "--out",
            file("one.png"))
        .good();
    near("one.png", "one.png", operator, "--simulate").good();
    assertArrayEquals(point, out(), .02f);
    assertEquals(point.length, out().length);
  }
}
