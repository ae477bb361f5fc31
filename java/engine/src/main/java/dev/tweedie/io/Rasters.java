package dev.tweedie.io;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/** Pictures of the JDK's decoders and for its encoders, sample by sample. */
final class Rasters {
  private Rasters() {}

  /** All samples over their type's maximum. */
  static Image image(BufferedImage picture) {
    return picture.getColorModel() instanceof IndexColorModel palette
        ? ofPalette(picture.getRaster(), palette)
        : ofSamples(picture.getRaster());
  }

  private static Image ofSamples(Raster raster) {
    int channels = raster.getNumBands();
    ImageShape shape = ImageShape.planes(channels, raster.getHeight(), raster.getWidth());
    double[] pixels = new double[Math.toIntExact(shape.numbers())];
    double max = (1 << raster.getSampleModel().getSampleSize(0)) - 1;
    int[] line = new int[raster.getWidth() * channels];
    for (int y = 0; y < raster.getHeight(); y++) {
      // Never getRGB: it would pass the samples of a grey image through a gamma curve.
      raster.getPixels(0, y, raster.getWidth(), 1, line);
      for (int x = 0; x < raster.getWidth(); x++) {
        for (int c = 0; c < channels; c++) {
          long at = shape.index(c, (long) y * raster.getWidth() + x);
          pixels[(int) at] = line[x * channels + c] / max;
        }
      }
    }
    return new Image(shape, pixels);
  }

  private static Image ofPalette(Raster raster, IndexColorModel palette) {
    int[] colours = new int[palette.getMapSize()];
    palette.getRGBs(colours);
    boolean grey =
        Arrays.stream(colours).allMatch(rgb -> red(rgb) == green(rgb) && red(rgb) == blue(rgb));
    boolean opaque = !palette.hasAlpha();
    int channels = (grey ? 1 : 3) + (opaque ? 0 : 1);
    ImageShape shape = ImageShape.planes(channels, raster.getHeight(), raster.getWidth());
    double[] pixels = new double[Math.toIntExact(shape.numbers())];
    int[] line = new int[raster.getWidth()];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, raster.getWidth(), 1, line);
      for (int x = 0; x < raster.getWidth(); x++) {
        int rgb = palette.getRGB(line[x]);
        int[] samples =
            grey
                ? new int[] {red(rgb), alpha(rgb)}
                : new int[] {red(rgb), green(rgb), blue(rgb), alpha(rgb)};
        for (int c = 0; c < channels; c++) {
          pixels[(int) shape.index(c, (long) y * raster.getWidth() + x)] = samples[c] / 255.0;
        }
      }
    }
    return new Image(shape, pixels);
  }

  private static int alpha(int rgb) {
    return rgb >>> 24;
  }

  private static int red(int rgb) {
    return rgb >> 16 & 0xff;
  }

  private static int green(int rgb) {
    return rgb >> 8 & 0xff;
  }

  private static int blue(int rgb) {
    return rgb & 0xff;
  }

  /** Whether a channel of so many is opacity. */
  static boolean isOpacity(int channel, int channels) {
    return channels % 2 == 0 && channel == channels - 1;
  }

  /** An empty picture of bytes, channels side by side. */
  static BufferedImage empty(int width, int height, int channels) {
    if (channels == 1) {
      return new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    }
    boolean opacity = channels % 2 == 0;
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(channels < 3 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
            opacity,
            false,
            opacity ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            DataBuffer.TYPE_BYTE);
    return new BufferedImage(
        model,
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, channels, null),
        false,
        null);
  }
}
