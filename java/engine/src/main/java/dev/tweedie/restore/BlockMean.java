package dev.tweedie.restore;

import dev.tweedie.Samples;

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
    double[] from = c.toDoubles();
    double[] to = new double[Math.toIntExact(x.rows()) * dim()];
    for (int i = 0; i < to.length; i++) {
      to[i] = from[i / dim() * count() + block(i % dim())] / side;
    }
    x.write(to);
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
    double[] values = observed.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] *= side;
    }
    c.write(values);
  }

  private void blockSums(Samples x, Samples out, double scale) {
    double[] from = x.toDoubles();
    double[] sums = new double[Math.toIntExact(x.rows()) * count()];
    for (int i = 0; i < from.length; i++) {
      sums[i / dim() * count() + block(i % dim())] += from[i];
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] *= scale;
    }
    out.write(sums);
  }

  private int block(int pixel) {
    return pixel / width / side * (width / side) + pixel % width / side;
  }
}
