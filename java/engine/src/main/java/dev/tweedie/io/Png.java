package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * PNG files as grey images: sample values v of a bit depth b become v / (2^b - 1). Colour becomes
 * luma, 0.299 R + 0.587 G + 0.114 B of the stored values (ITU-R BT.601). Opacity is ignored, and so
 * are gamma and colour profiles: the numbers are those in the file.
 */
public final class Png {
  private static final long HEADER = 0x49484452L; // IHDR
  private static final long DATA = 0x49444154L; // IDAT
  private static final long END = 0x49454e44L; // IEND
  private static final int MAX_DEFLATE_RATIO = 1032; // 258 bytes from two bits, zlib's best

  private Png() {}

  /**
   * Reads one image.
   *
   * @throws InvalidInputException if the file is missing, unreadable, damaged or not PNG
   */
  public static GreyImage read(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      InputFile file = InputFile.open(path, arena, arena);
      return parse(file.source(), file.bytes());
    }
  }

  static GreyImage parse(String source, MemorySegment bytes) {
    requireWhole(source, bytes);
    BufferedImage image;
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new SegmentInputStream(bytes))) {
      ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
      try {
        reader.setInput(in, true, true);
        image = reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) {
      // The bytes are in memory, so only their content can be at fault; the decoder meets bad
      // content with index and argument errors of every kind.
      throw new InvalidInputException(source + ": damaged PNG: " + firstLine(e), e);
    }
    return new GreyImage(image.getHeight(), image.getWidth(), grey(image));
  }

  private static double[] grey(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    double[] pixels = new double[Math.multiplyExact(width, height)];
    Raster raster = image.getRaster();
    IndexColorModel palette = image.getColorModel() instanceof IndexColorModel model ? model : null;
    int bands = raster.getNumBands();
    int max = palette != null ? 255 : (1 << raster.getSampleModel().getSampleSize(0)) - 1;
    int[] row = new int[width * bands];
    for (int y = 0; y < height; y++) {
      // Never getRGB of a grey image: it would pass the samples through a gamma curve.
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        double value;
        if (palette != null) {
          int rgb = palette.getRGB(row[x]);
          value = luma(rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff, max);
        } else if (bands < 3) {
          value = row[x * bands] / (double) max;
        } else {
          value = luma(row[x * bands], row[x * bands + 1], row[x * bands + 2], max);
        }
        pixels[y * width + x] = value;
      }
    }
    return pixels;
  }

  // Integer weights, so that equal channels give exactly their common value.
  private static double luma(int red, int green, int blue, int max) {
    return (299L * red + 587L * green + 114L * blue) / (1000.0 * max);
  }

  /**
   * Walks all chunks to the end: the decoder stops at the last pixel, checks no checksum, and
   * reserves whatever size a damaged header asks for.
   */
  private static void requireWhole(String source, MemorySegment bytes) {
    if (!InputFile.startsWith(bytes, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
      throw new InvalidInputException(
          "%s: bad magic, not a PNG file: %s; allowed: 89 50 4e 47 0d 0a 1a 0a"
              .formatted(source, InputFile.firstBytes(bytes)));
    }
    Cursor cursor = new Cursor(source, bytes, ByteOrder.BIG_ENDIAN).seek(8);
    long pixels = -1;
    long dataBytes = 0;
    long type;
    do {
      long length = cursor.u32();
      MemorySegment chunk = cursor.take(4 + length);
      CRC32 crc = new CRC32();
      crc.update(chunk.asByteBuffer());
      if (crc.getValue() != cursor.u32()) {
        throw new InvalidInputException(source + ": damaged PNG: a chunk's checksum is wrong");
      }
      Cursor fields = new Cursor(source, chunk, ByteOrder.BIG_ENDIAN);
      type = fields.u32();
      if ((type == HEADER) != (pixels < 0)) {
        throw new InvalidInputException(
            source + ": damaged PNG: its header is not first, or twice");
      }
      if (type == HEADER) {
        pixels = fields.u32() * fields.u32(); // below 2^62: sizes are 31-bit, as checked next
        if (fields.seek(4).u32() > Integer.MAX_VALUE || fields.u32() > Integer.MAX_VALUE) {
          throw new InvalidInputException(source + ": damaged PNG: a size of 2^31 or more");
        }
      } else if (type == DATA) {
        dataBytes += length;
      }
    } while (type != END);
    // At least one bit a pixel.
    if (pixels > NdArray.MAX_JAVA_LENGTH || pixels / 8 > dataBytes * MAX_DEFLATE_RATIO) {
      throw new InvalidInputException(
          "%s: damaged PNG: %d pixels from %d bytes of data".formatted(source, pixels, dataBytes));
    }
  }

  private static String firstLine(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("no pixels");
  }
}
