package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Precision;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PngTest {
  @TempDir Path folder;

  // Each expected value is written as numerator over the type's maximum, so equality is exact.
  @ParameterizedTest
  @CsvSource({
    "grey8,      2, 3, 255,   0 1 2 100 254 255",
    "grey16,     1, 2, 65535, 1 65535",
    "grey1,      1, 8, 1,     1 0 1 1 0 0 0 1",
    "grey4,      1, 2, 15,    1 15",
  })
  void readsGreySamplesAsTheyAre(String name, int height, int width, int max, String values)
      throws IOException {
    double[] expected =
        Arrays.stream(values.split(" "))
            .mapToDouble(v -> Integer.parseInt(v) / (double) max)
            .toArray();
    requireImage(name, height, width, expected);
  }

  @Test
  void keepsEveryChannelOneAfterAnother() throws IOException {
    requireChannels("greyalpha8", 2, 2, 255, "10 200 0 255");
    requireChannels("rgb8", 3, 2, 255, "255 10 0 20 0 30");
    requireChannels("rgb16", 3, 1, 65535, "65535 0 256");
    requireChannels("rgba8", 4, 1, 255, "0 255 0 128");
    requireChannels("palette8", 3, 2, 255, "7 0 7 0 7 255");
  }

  private static void requireChannels(String name, int channels, int width, int max, String values)
      throws IOException {
    Image image = Png.read(Fixtures.path(name + ".png"));
    assertEquals(ImageShape.planes(channels, 1, width), image.shape(), name);
    double[] expected =
        Arrays.stream(values.split(" "))
            .mapToDouble(v -> Integer.parseInt(v) / (double) max)
            .toArray();
    assertArrayEquals(expected, image.pixels(), name);
  }

  private static void requireImage(String name, int height, int width, double... pixels)
      throws IOException {
    Image image = Png.read(Fixtures.path(name + ".png"));
    assertEquals(height, image.height(), name);
    assertEquals(width, image.width(), name);
    assertArrayEquals(pixels, image.pixels(), name);
  }

  @Test
  void reservesNothingOnTheWordOfAHeader() throws IOException {
    for (int[] size : new int[][] {{0x7fffffff, 0x7fffffff}, {40_000, 40_000}, {-1, -1}, {0, 1}}) {
      byte[] file = Fixtures.bytes("grey8.png");
      MemorySegment bytes = MemorySegment.ofArray(file);
      ValueLayout.OfInt bigEndian = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
      bytes.set(bigEndian, 16, size[0]);
      bytes.set(bigEndian, 20, size[1]);
      CRC32 crc = new CRC32();
      crc.update(file, 12, 17);
      bytes.set(bigEndian, 29, (int) crc.getValue());
      assertRefused(() -> parse("x.png", bytes), "x.png: damaged PNG");
    }
  }

  @Test
  void survivesEveryFlippedByte() throws IOException {
    byte[] whole = Fixtures.bytes("rgb16.png");
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 1;
      int at = i;
      // Magic, lengths, checksums and what they cover are all there is in such a file.
      assertRefused(() -> parse("byte " + at, MemorySegment.ofArray(damaged)), "byte " + at);
    }
  }

  @Test
  void drawsAGridThatReadsBackExactly() throws IOException {
    // Five images of 2 x 3 in a grid of three columns: two lines, the last place empty.
    float[] values = new float[5 * 6];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 255f;
    }
    Path file = folder.resolve("grid.png");
    PngGrid.write(file, rows(values, 5, 2, 3));
    Image grid = Png.read(file);
    assertEquals(2 + 1 + 2, grid.height());
    assertEquals(3 + 1 + 3 + 1 + 3, grid.width());
    double line = 128 / 255.0;
    for (int y = 0; y < grid.height(); y++) {
      for (int x = 0; x < grid.width(); x++) {
        int image = y / 3 * 3 + x / 4;
        boolean empty = y % 3 == 2 || x % 4 == 3 || image == 5;
        double expected = empty ? line : (image * 6 + y % 3 * 3 + x % 4) / 255.0;
        assertEquals(expected, grid.pixels()[y * grid.width() + x], "x " + x + ", y " + y);
      }
    }
  }

  @Test
  void clampsAndGuessesSquares() throws IOException {
    float[] values = {
      -1,
      0.5f / 255,
      0.49f / 255,
      254.6f / 255,
      2,
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      1
    };
    Path file = folder.resolve("one.png");
    PngGrid.write(file, rows(values, 1, 0, 0));
    Image image = Png.read(file);
    assertEquals(3, image.height());
    assertArrayEquals(new double[] {0, 1 / 255.0, 0, 1, 1, 0, 1, 0, 1}, image.pixels());
  }

  @Test
  void refusesWhatIsNoPicture() throws IOException {
    Path file = folder.resolve("none.png");
    assertRefused(
        () -> PngGrid.write(file, rows(new float[10], 1, 0, 0)), "dimension 10", "square");
    assertRefused(
        () -> PngGrid.write(file, new Rows(MemorySegment.NULL, Precision.FLOAT32, 0, 4)),
        "0 images");
    assertEquals(false, Files.exists(file));
  }

  @Test
  void refusesOtherContentByItsFirstBytes() {
    assertRefused(() -> Png.read(Fixtures.path("f4.npy")), "f4.npy: bad magic, not a PNG", "93 4e");
    assertRefused(() -> Png.read(folder), "is a directory");
    assertRefused(() -> Png.read(folder.resolve("absent.png")), "no such file");
  }

  private static Image parse(String name, MemorySegment bytes) {
    return Png.parse(new InputFile(InputSource.of(Path.of(name)), bytes, false, false));
  }

  private static Rows rows(float[] values, int count, int height, int width) {
    return new Rows(
        MemorySegment.ofArray(values),
        Precision.FLOAT32,
        count,
        values.length / count,
        height,
        width);
  }

  @Test
  void reportsDamagedPixelsAsBadInput() throws IOException {
    byte[] file = Fixtures.bytes("grey8.png");
    MemorySegment bytes = MemorySegment.ofArray(file);
    int data = 8 + 25; // magic, then the header's chunk
    file[data + 8] ^= 0x55; // the first byte of the zlib stream
    ValueLayout.OfInt bigEndian = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    int length = bytes.get(bigEndian, data);
    CRC32 crc = new CRC32();
    crc.update(file, data + 4, 4 + length);
    bytes.set(bigEndian, data + 8 + length, (int) crc.getValue());
    assertRefused(() -> parse("x.png", bytes), "x.png: damaged PNG");
  }
}
