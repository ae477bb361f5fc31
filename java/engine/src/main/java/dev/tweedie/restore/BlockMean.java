package dev.tweedie.restore;

import dev.tweedie.Samples;
import java.util.Arrays;

/**
 * Super-resolution: an image is known by the means of its blocks of n x n pixels. A column of M is
 * 1 / n on one block, so a coefficient is n times a mean.
 */
final class BlockMean implements LinearMeasurement {
  private final int height;
  private final int width;
  private final int side;

  /**
   * @param side n, a divisor of both sizes
   */
  BlockMean(int height, int width, int side) {
    this.height = height;
    this.width = width;
    this.side = side;
  }

  @Override
  public int dim() {
    return height * width;
  }

  @Override
  public int count() {
    return dim() / (side * side);
  }

  @Override
  public void measure(Samples x, Samples c) {
    blockSums(x, c, 1.0 / side);
  }

  @Override
  public void embed(Samples c, Samples x) {
    int blocks = width / side;
    for (long row = 0; row < x.rows(); row++) {
      for (int i = 0; i < dim(); i++) {
        int block = i / width / side * blocks + i % width / side;
        x.set(row, i, c.get(row, block) / side);
      }
    }
  }

  @Override
  public int observedHeight() {
    return height / side;
  }

  @Override
  public int observedWidth() {
    return width / side;
  }

  /** The small image. */
  @Override
  public void observe(Samples x, Samples out) {
    blockSums(x, out, 1.0 / (side * side));
  }

  @Override
  public void coefficients(Samples observed, Samples c) {
    for (long row = 0; row < c.rows(); row++) {
      for (int k = 0; k < count(); k++) {
        c.set(row, k, side * observed.get(row, k));
      }
    }
  }

  private void blockSums(Samples x, Samples out, double scale) {
    int blocks = width / side;
    double[] sums = new double[count()];
    for (long row = 0; row < x.rows(); row++) {
      Arrays.fill(sums, 0);
      for (int i = 0; i < dim(); i++) {
        sums[i / width / side * blocks + i % width / side] += x.get(row, i);
      }
      for (int k = 0; k < sums.length; k++) {
        out.set(row, k, scale * sums[k]);
      }
    }
  }
}
