package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
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
  private static final long TRANSPARENCY = 0x74524e53L; // tRNS
  private static final long ANCILLARY = 0x20000000L; // a small first letter
  private static final int MAX_DEFLATE_RATIO = 1032; // 258 bytes from two bits, zlib's best

  private Png() {}

  /**
   * Reads one image.
   *
   * @throws InvalidInputException if the file is missing, unreadable, damaged or not PNG
   */
  public static Image read(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return parse(InputFile.open(path, arena, arena));
    }
  }

  static Image parse(InputFile file) {
    String source = file.source();
    InputStream pixels = new SequenceInputStream(enumeration(critical(file)));
    BufferedImage image;
    try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(pixels)) {
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

  private static Enumeration<InputStream> enumeration(List<MemorySegment> parts) {
    return Collections.enumeration(
        parts.stream().<InputStream>map(SegmentInputStream::new).toList());
  }

  /**
   * Walks all chunks to the end: the decoder stops at the last pixel, checks no checksum, reserves
   * whatever size a damaged header asks for, and inflates texts and profiles that nobody reads.
   *
   * @return the magic and the chunks that pixels are made of
   * @throws InvalidInputException if the file is damaged, or its pixels are larger than its limit
   */
  private static List<MemorySegment> critical(InputFile file) {
    String source = file.source();
    MemorySegment bytes = file.bytes();
    if (!InputFile.startsWith(bytes, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
      throw new InvalidInputException(
          "%s: bad magic, not a PNG file: %s; allowed: 89 50 4e 47 0d 0a 1a 0a"
              .formatted(source, InputFile.firstBytes(bytes)));
    }
    Cursor cursor = new Cursor(source, bytes, ByteOrder.BIG_ENDIAN).seek(8);
    List<MemorySegment> parts = new ArrayList<>(List.of(bytes.asSlice(0, 8)));
    long pixels = -1;
    long pixelBytes = 0;
    long dataBytes = 0;
    long type;
    do {
      long start = cursor.position();
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
        pixelBytes = bytesOfAPixel(fields.u8(), fields.u8());
      } else if (type == DATA) {
        dataBytes += length;
      }
      if ((type & ANCILLARY) == 0 || type == TRANSPARENCY) {
        parts.add(bytes.asSlice(start, cursor.position() - start));
      }
    } while (type != END);
    // At least one bit a pixel.
    if (pixels > NdArray.MAX_JAVA_LENGTH || pixels / 8 > dataBytes * MAX_DEFLATE_RATIO) {
      throw new InvalidInputException(
          "%s: damaged PNG: %d pixels from %d bytes of data".formatted(source, pixels, dataBytes));
    }
    if (pixels > file.origin().limit() / pixelBytes) {
      throw file.origin().tooLarge("%d pixels of %d bytes each".formatted(pixels, pixelBytes));
    }
    Memory.requireHeap(source, pixels * pixelBytes);
    return parts;
  }

  /** Of the decoder's samples and of our float64 numbers. */
  private static long bytesOfAPixel(int depth, int colour) {
    int channels =
        switch (colour) {
          case 0 -> 1;
          case 4 -> 2;
          case 2 -> 3;
          default -> 4;
        };
    return channels * (Double.BYTES + (depth == 16 ? 2L : 1L));
  }

  static String firstLine(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String message = cause.getMessage() == null ? "" : cause.getMessage(); // as at an end of data
    return message.lines().findFirst().orElse("its data end early or cannot be decoded");
  }
}
