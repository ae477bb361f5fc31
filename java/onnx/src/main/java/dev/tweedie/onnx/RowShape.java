package dev.tweedie.onnx;

import dev.tweedie.InvalidInputException;
import dev.tweedie.io.ImageShape;
import java.util.Arrays;

/**
 * The shape of one row of a network, all sizes known.
 *
 * @param axes without the batch
 * @param image that a row is; one of height 1 where it is none
 */
record RowShape(long[] axes, ImageShape image) {
  /**
   * @param given what the options say of an image, or unknown
   * @param data what the data are, or unknown
   */
  static RowShape of(Port rows, ImageShape given, ImageShape data) {
    long[] axes = Arrays.copyOfRange(rows.shape(), 1, rows.shape().length);
    if (axes.length == 3) {
      boolean last = channelsLast(axes);
      int channel = last ? 2 : 0;
      int first = last ? 0 : 1;
      long channels = axes[channel];
      axes[channel] =
          channels >= 0
              ? channels
              : Math.max(1, given.channels() > 1 ? given.channels() : data.channels());
      if (given.channels() > 1 && given.channels() != axes[channel]) {
        throw new InvalidInputException(
            "%s: found %d channels, allowed: %d"
                .formatted(rows.text(), given.channels(), axes[channel]));
      }
      axes[first] = size(rows, "height", axes[first], given.height(), data.height());
      axes[first + 1] = size(rows, "width", axes[first + 1], given.width(), data.width());
      dim(rows, axes);
      return new RowShape(
          axes,
          new ImageShape((int) axes[first], (int) axes[first + 1], (int) axes[channel], last));
    }
    // Colour pictures may be made grey for it.
    boolean grey = data.isKnown() && data.pixels() == axes[0];
    axes[0] =
        size(rows, "dimension", axes[0], given.numbers(), grey ? data.pixels() : data.numbers());
    dim(rows, axes);
    ImageShape seen = data.isKnown() ? (grey ? data.withChannels(1) : data) : given;
    boolean image = seen.numbers() == axes[0];
    return new RowShape(axes, image ? seen : ImageShape.grey(1, (int) axes[0]));
  }

  /** A colour network as TensorFlow exports it. */
  private static boolean channelsLast(long[] axes) {
    return isColour(axes[2]) && !isColour(axes[0]);
  }

  private static boolean isColour(long size) {
    return size >= 1 && size <= ImageShape.MOST_OF_A_PICTURE;
  }

  private static void dim(Port rows, long[] axes) {
    long most = Integer.MAX_VALUE;
    for (long axis : axes) {
      // A division, since the product of hostile sizes is beyond 64 bits.
      if (axis < 1 || axis > most) {
        throw new InvalidInputException(
            "%s: found rows of %s numbers, allowed: 1 to 2^31 - 1"
                .formatted(rows.text(), Port.text(axes)));
      }
      most /= axis;
    }
  }

  private static long size(Port rows, String what, long file, long option, long data) {
    long found = file >= 0 ? file : option > 0 ? option : data;
    if (found < 1) {
      throw new InvalidInputException(
          rows.text()
              + ": found no "
              + what
              + ", allowed: a file or data that say it, or --network size=HxW (size=CxHxW with"
              + " channels, size=D for rows)");
    }
    if (option > 0 && option != found || data > 0 && data != found) {
      throw new InvalidInputException(
          "%s: found %s %d, allowed: %d"
              .formatted(rows.text(), what, data > 0 ? data : option, found));
    }
    return found;
  }

  int dim() {
    return Math.toIntExact(product(axes));
  }

  /** With a batch of {@code rows} before it. */
  long[] batch(long rows) {
    return prepend(rows, axes);
  }

  /** The shape of a latent input: axes of unknown size are as long as the rows'. */
  long[] latent(Port noise) {
    long[] shape = Arrays.copyOfRange(noise.shape(), 1, noise.shape().length);
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] < 0 && shape.length != axes.length) {
        throw new InvalidInputException(
            "noise: found " + noise.text() + ", allowed: known sizes, or as many axes as the rows");
      }
      shape[i] = shape[i] < 0 ? axes[i] : shape[i];
    }
    dim(noise, shape);
    return shape;
  }

  static long product(long[] axes) {
    return Arrays.stream(axes).reduce(1, Math::multiplyExact);
  }

  static long[] prepend(long rows, long[] axes) {
    long[] shape = new long[axes.length + 1];
    shape[0] = rows;
    System.arraycopy(axes, 0, shape, 1, axes.length);
    return shape;
  }
}
