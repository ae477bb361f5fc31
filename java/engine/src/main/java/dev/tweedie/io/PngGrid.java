package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Many images in one picture: an 8-bit grey PNG, row by row from the top left, with lines one pixel
 * wide between them. Values below 0 are black, above 1 white; NaN is black.
 */
public final class PngGrid {
  private static final byte LINE = (byte) 0x80;

  private PngGrid() {}

  /** Writes a grid that is about as many images wide as high. */
  public static void write(Path path, Rows rows) throws IOException {
    write(path, rows, (int) Math.ceil(Math.sqrt(Math.max(1, rows.count()))));
  }

  /**
   * Writes a grid of {@code columns} images a line.
   *
   * @param rows one image a row; without a known height and width, a square number of pixels
   * @throws InvalidInputException if there is no image, if the images are not square and of unknown
   *     size, or if the picture would have more than 2^30 pixels
   */
  public static void write(Path path, Rows rows, int columns) throws IOException {
    BufferedImage picture = draw(path, rows, columns);
    OutputFile.write(path, out -> encode(picture, out));
  }

  private static BufferedImage draw(Path path, Rows rows, int columns) {
    if (rows.count() < 1 || columns < 1) {
      throw new InvalidInputException(
          "%s: %d images in %d columns; allowed: 1 or more of both"
              .formatted(path, rows.count(), columns));
    }
    int height = rows.isImage() ? rows.height() : side(path, rows.dim());
    int width = rows.isImage() ? rows.width() : height;
    long lines = Math.ceilDiv(rows.count(), columns);
    long pictureWidth = columns * (width + 1L) - 1;
    long pictureHeight = lines * (height + 1L) - 1;
    // Sizes are bounded one by one first, so that their product cannot overflow.
    if (lines > 1 << 30
        || pictureWidth > 1 << 30
        || pictureHeight > 1 << 30
        || pictureWidth * pictureHeight > 1 << 30) {
      throw new InvalidInputException(
          "%s: %d images of %d x %d do not fit in one picture; at most 2^30 pixels"
              .formatted(path, rows.count(), height, width));
    }
    BufferedImage picture =
        new BufferedImage((int) pictureWidth, (int) pictureHeight, BufferedImage.TYPE_BYTE_GRAY);
    byte[] line = new byte[(int) pictureWidth];
    for (int y = 0; y < pictureHeight; y++) {
      for (int x = 0; x < pictureWidth; x++) {
        boolean separator = y % (height + 1) == height || x % (width + 1) == width;
        long image = (long) (y / (height + 1)) * columns + x / (width + 1);
        if (separator || image >= rows.count()) {
          line[x] = LINE;
        } else {
          long pixel = (long) (y % (height + 1)) * width + x % (width + 1);
          line[x] = (byte) level(value(rows, image * rows.dim() + pixel));
        }
      }
      picture.getRaster().setDataElements(0, y, (int) pictureWidth, 1, line);
    }
    return picture;
  }

  private static double value(Rows rows, long index) {
    MemorySegment values = rows.values();
    return rows.precision() == Precision.FLOAT32
        ? values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4)
        : values.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * 8);
  }

  // A cast of NaN is 0.
  private static int level(double value) {
    return (int) (Math.clamp(value, 0.0, 1.0) * 255 + 0.5);
  }

  private static int side(Path path, int dim) {
    int side = (int) Math.round(Math.sqrt(dim));
    if (side * side != dim) {
      throw new InvalidInputException(
          "%s: dimension %d is no square; allowed: a square number, or known height and width"
              .formatted(path, dim));
    }
    return side;
  }

  private static void encode(BufferedImage picture, OutputStream out) throws IOException {
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      if (!ImageIO.write(picture, "png", stream)) {
        throw new IOException("this Java has no PNG encoder");
      }
    }
  }
}
