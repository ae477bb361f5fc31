package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Many images in one picture: an 8-bit PNG of as many channels as they have (1 grey, 2 grey and
 * opacity, 3 colour, 4 colour and opacity), row by row from the top left, with lines one pixel wide
 * between them. Values below 0 are black, above 1 white; NaN is black.
 */
public final class PngGrid {
  private static final byte LINE = (byte) 0x80;
  private static final byte OPAQUE = (byte) 0xff;

  private PngGrid() {}

  /** Writes a grid that is about as many images wide as high. */
  public static void write(Path path, Rows rows) throws IOException {
    write(path, rows, "");
  }

  /**
   * As {@link #write(Path, Rows)}.
   *
   * @param origin where the rows come from, in ASCII, kept as {@link PngOrigin} says; empty for
   *     none
   */
  public static void write(Path path, Rows rows, String origin) throws IOException {
    write(path, rows, (int) Math.ceil(Math.sqrt(Math.max(1, rows.count()))), origin);
  }

  /**
   * Writes a grid of {@code columns} images a line.
   *
   * @param rows one image a row; without a known height and width, a square number of pixels
   * @throws InvalidInputException if there is no image, if the images are not square and of unknown
   *     size or of more than four channels, or if the picture would have more than 2^30 numbers
   */
  public static void write(Path path, Rows rows, int columns) throws IOException {
    write(path, rows, columns, "");
  }

  private static void write(Path path, Rows rows, int columns, String origin) throws IOException {
    BufferedImage picture = draw(path, rows, columns);
    OutputFile.write(path, out -> encode(picture, new PngOrigin(out, origin)));
  }

  private static BufferedImage draw(Path path, Rows rows, int columns) {
    if (rows.count() < 1 || columns < 1) {
      throw new InvalidInputException(
          "%s: %d images in %d columns; allowed: 1 or more of both"
              .formatted(path, rows.count(), columns));
    }
    ImageShape image = rows.image().isKnown() ? rows.image() : square(path, rows.dim());
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    if (channels > ImageShape.MOST_OF_A_PICTURE) {
      throw new InvalidInputException(
          "%s: images of %d channels; a picture has 1 to 4".formatted(path, channels));
    }
    long lines = Math.ceilDiv(rows.count(), columns);
    long pictureWidth = columns * (width + 1L) - 1;
    long pictureHeight = lines * (height + 1L) - 1;
    // Sizes are bounded one by one first, so that their product cannot overflow.
    if (lines > 1 << 30
        || pictureWidth > 1 << 30
        || pictureHeight > 1 << 30
        || pictureWidth * pictureHeight * channels > 1 << 30) {
      throw new InvalidInputException(
          "%s: %d images of %s do not fit in one picture; at most 2^30 numbers"
              .formatted(path, rows.count(), image));
    }
    BufferedImage picture = Rasters.empty((int) pictureWidth, (int) pictureHeight, channels);
    byte[] line = new byte[(int) pictureWidth * channels];
    for (int y = 0; y < pictureHeight; y++) {
      for (int x = 0; x < pictureWidth; x++) {
        boolean separator = y % (height + 1) == height || x % (width + 1) == width;
        long row = (long) (y / (height + 1)) * columns + x / (width + 1);
        long pixel = (long) (y % (height + 1)) * width + x % (width + 1);
        for (int c = 0; c < channels; c++) {
          line[x * channels + c] =
              separator || row >= rows.count()
                  ? Rasters.isOpacity(c, channels) ? OPAQUE : LINE
                  : (byte) level(value(rows, row * rows.dim() + image.index(c, pixel)));
        }
      }
      picture.getRaster().setDataElements(0, y, (int) pictureWidth, 1, line);
    }
    return picture;
  }

  private static double value(Rows rows, long index) {
    return ImageRows.get(rows.values(), rows.precision(), index);
  }

  // A cast of NaN is 0.
  private static int level(double value) {
    return (int) (Math.clamp(value, 0.0, 1.0) * 255 + 0.5);
  }

  private static ImageShape square(Path path, int dim) {
    int side = (int) Math.round(Math.sqrt(dim));
    if (side * side != dim) {
      throw new InvalidInputException(
          "%s: dimension %d is no square; allowed: a square number, or known height and width"
              .formatted(path, dim));
    }
    return ImageShape.grey(side, side);
  }

  private static void encode(BufferedImage picture, OutputStream out) throws IOException {
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      if (!ImageIO.write(picture, "png", stream)) {
        throw new IOException("this Java has no PNG encoder");
      }
    }
  }
}
