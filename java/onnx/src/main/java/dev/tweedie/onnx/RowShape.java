package dev.tweedie.onnx;

import dev.tweedie.InvalidInputException;
import java.util.Arrays;

/**
 * The shape of one row of a network, all sizes known.
 *
 * @param axes without the batch
 * @param height of the image that a row is; 1 where it is none
 * @param width of that image; d where it is none
 */
record RowShape(long[] axes, int height, int width) {
  /**
   * @param given height and width of the options, or null
   * @param height of the data's images, or 0
   */
  static RowShape of(Port rows, int[] given, int height, int width) {
    long[] axes = Arrays.copyOfRange(rows.shape(), 1, rows.shape().length);
    int last = axes.length - 1;
    if (axes.length == 3) {
      axes[0] = axes[0] < 0 ? 1 : axes[0];
      axes[1] = size(rows, "height", axes[1], given == null ? 0 : given[0], height);
      axes[2] = size(rows, "width", axes[2], given == null ? 0 : given[1], width);
      return new RowShape(axes, (int) axes[1], (int) axes[2]);
    }
    axes[last] =
        size(
            rows,
            "dimension",
            axes[last],
            given == null ? 0 : Math.multiplyExact(given[0], given[1]),
            Math.multiplyExact(height, width));
    boolean image = (long) height * width == axes[last];
    return new RowShape(axes, image ? height : 1, image ? width : (int) axes[last]);
  }

  private static long size(Port rows, String what, long file, int option, int data) {
    long found = file >= 0 ? file : option > 0 ? option : data;
    if (found < 1) {
      throw new InvalidInputException(
          rows.text()
              + ": found no "
              + what
              + ", allowed: a file or data that say it, or --network size=HxW (size=D for rows)");
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
