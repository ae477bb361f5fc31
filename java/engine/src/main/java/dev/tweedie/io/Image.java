package dev.tweedie.io;

import dev.tweedie.InvalidInputException;

/**
 * One picture.
 *
 * @param shape its size and channels, channels first
 * @param pixels numbers in [0, 1], 0 black: channel by channel, each row-major
 */
public record Image(ImageShape shape, double[] pixels) {
  /**
   * @throws InvalidInputException if there are not as many numbers as the shape says, or channels
   *     come last
   */
  public Image {
    if (shape.numbers() != pixels.length || shape.channelsLast()) {
      throw new InvalidInputException(
          "image: found %d numbers of %s, allowed: channels first, and as many as that has"
              .formatted(pixels.length, shape));
    }
    pixels = pixels.clone();
  }

  @Override
  public double[] pixels() {
    return pixels.clone();
  }

  /** Rows of pixels. */
  public int height() {
    return shape.height();
  }

  /** Pixels in a row. */
  public int width() {
    return shape.width();
  }
}
