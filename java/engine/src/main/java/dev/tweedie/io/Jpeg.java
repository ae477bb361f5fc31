package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG files, grey or of three colours, samples over 255 as the JDK decodes them; how a camera was
 * held and colour profiles are ignored.
 */
final class Jpeg {
  static final int[] MAGIC = {0xff, 0xd8, 0xff};

  /** Of the decoder's samples and of our float64 numbers, for three channels. */
  private static final long BYTES_OF_A_PIXEL = 3 * (Double.BYTES + 1);

  private Jpeg() {}

  /**
   * @throws InvalidInputException if the file is damaged, of another colour space, or its pixels
   *     larger than its limit
   */
  static Image parse(InputFile file) {
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new SegmentInputStream(file.bytes()))) {
      ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
      try {
        reader.setInput(in, true, true);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > file.origin().limit() / BYTES_OF_A_PIXEL) {
          throw file.origin()
              .tooLarge("%d pixels of %d bytes each".formatted(pixels, BYTES_OF_A_PIXEL));
        }
        Memory.requireHeap(file.source(), pixels * BYTES_OF_A_PIXEL);
        requireWhole(file);
        BufferedImage image = reader.read(0);
        return Rasters.image(image);
      } finally {
        reader.dispose();
      }
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // as of PNG, only the content can be at fault
      throw new InvalidInputException(file.source() + ": damaged JPEG: " + Png.firstLine(e), e);
    }
  }

  /** The decoder makes grey of what is missing, with a warning to nobody. */
  private static void requireWhole(InputFile file) {
    long size = file.bytes().byteSize();
    for (long at = size - 2; at >= 2; at--) {
      if (InputFile.startsWith(file.bytes().asSlice(at), 0xff, 0xd9)) {
        return;
      }
    }
    throw new InvalidInputException(file.source() + ": truncated JPEG: it has no end");
  }
}
