package dev.tweedie.io;

import dev.tweedie.InvalidInputException;

/**
 * What a row of numbers is as an image: how large, of how many channels, and in which order.
 *
 * @param height rows of pixels; 0 where unknown
 * @param width pixels in a row; 0 where unknown
 * @param channels 1 grey, 2 grey and opacity, 3 red, green and blue, 4 these and opacity; more are
 *     no colours; 0 where unknown
 * @param channelsLast whether a pixel's channels lie side by side, (h, w, c), instead of one plane
 *     after another, (c, h, w); the same for one channel, and then false
 */
public record ImageShape(int height, int width, int channels, boolean channelsLast) {
  /** Of rows that are no images as far as is known. */
  public static final ImageShape UNKNOWN = new ImageShape(0, 0, 0, false);

  /** The most channels that a picture file has. */
  public static final int MOST_OF_A_PICTURE = 4;

  /**
   * @throws InvalidInputException if some sizes are known and others are not, or below 1
   */
  public ImageShape {
    boolean unknown = height == 0 && width == 0 && channels == 0;
    if (!unknown && (height < 1 || width < 1 || channels < 1)) {
      throw new InvalidInputException(
          "image: found %d x %d pixels of %d channels, allowed: 1 or more of each"
              .formatted(height, width, channels));
    }
    channelsLast &= channels > 1;
  }

  /** A grey image; unknown where both sizes are 0. */
  public static ImageShape grey(int height, int width) {
    return height == 0 && width == 0 ? UNKNOWN : new ImageShape(height, width, 1, false);
  }

  /** Planes one after another, as networks have them. */
  public static ImageShape planes(int channels, int height, int width) {
    return new ImageShape(height, width, channels, false);
  }

  /**
   * What an array of these axes is, the first of which counts rows: (n, h, w), (n, c, h, w) or (n,
   * h, w, c) with c from 1 to 4. Where both could be meant, one channel goes before several, and
   * then channels first before last.
   */
  static ImageShape ofArray(long[] axes) {
    for (int axis = 1; axis < axes.length; axis++) {
      if (axes[axis] < 1 || axes[axis] > Integer.MAX_VALUE) {
        return UNKNOWN;
      }
    }
    if (axes.length == 3) {
      return planes(1, (int) axes[1], (int) axes[2]);
    }
    if (axes.length == 4 && axes[1] > 1 && axes[3] == 1) {
      return planes(1, (int) axes[1], (int) axes[2]);
    }
    if (axes.length == 4 && axes[1] <= MOST_OF_A_PICTURE) {
      return planes((int) axes[1], (int) axes[2], (int) axes[3]);
    }
    if (axes.length == 4 && axes[3] <= MOST_OF_A_PICTURE) {
      return new ImageShape((int) axes[1], (int) axes[2], (int) axes[3], true);
    }
    return UNKNOWN;
  }

  /** Whether it is an image. */
  public boolean isKnown() {
    return channels > 0;
  }

  /** Pixels of one channel. */
  public long pixels() {
    return (long) height * width;
  }

  /** Numbers of a row, 0 where unknown; an image of 2^31 pixels or more has as many as fit. */
  public long numbers() {
    return pixels() <= Integer.MAX_VALUE ? pixels() * channels : Long.MAX_VALUE;
  }

  /** The same image, channels first or last. */
  public ImageShape withChannelsLast(boolean last) {
    return new ImageShape(height, width, channels, last);
  }

  /** The same size with other channels. */
  public ImageShape withChannels(int count) {
    return new ImageShape(height, width, count, channelsLast);
  }

  /** Where in a row a number is. */
  long index(int channel, long pixel) {
    return channelsLast ? pixel * channels + channel : channel * pixels() + pixel;
  }

  /** As a message shows it. */
  @Override
  public String toString() {
    if (!isKnown()) {
      return "no image";
    }
    String size = height + " x " + width;
    return channels == 1
        ? size
        : "%s with %d channels %s".formatted(size, channels, channelsLast ? "last" : "first");
  }
}
