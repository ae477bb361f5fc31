package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
      "--out",
      file("out.npy")
    };
    return Run.of(Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new));
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
}
