package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.awt.image.BufferedImage;
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
 * PNG files: sample values v of a bit depth b become v / (2^b - 1), and every channel is kept,
 * colours and opacity. A palette is the colours it holds, grey where all of them are. Gamma and
 * colour profiles are ignored: the numbers are those in the file.
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
  public static Image read(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      InputFile file = InputFile.open(path, arena, arena);
      return parse(file.source(), file.bytes());
    }
  }

  static Image parse(String source, MemorySegment bytes) {
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
    return Rasters.image(image);
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
