package dev.tweedie.restore;

import dev.tweedie.Samples;

/**
 * Some elements of a row are known as they are, the others not at all. What is observed is a whole
 * row, of which the unknown elements are not looked at.
 */
final class Selection implements LinearMeasurement {
  private final int height;
  private final int width;
  private final int[] known;

  /**
   * @param known indices of elements, at least one, increasing
   */
  Selection(int height, int width, int[] known) {
    this.height = height;
    this.width = width;
    this.known = known;
  }

  @Override
  public int dim() {
    return height * width;
  }

  @Override
  public int count() {
    return known.length;
  }

  @Override
  public void measure(Samples x, Samples c) {
    double[] from = x.toDoubles();
    double[] to = new double[Math.toIntExact(x.rows()) * known.length];
    for (int i = 0; i < to.length; i++) {
      to[i] = from[i / known.length * dim() + known[i % known.length]];
    }
    c.write(to);
  }

  @Override
  public void embed(Samples c, Samples x) {
    double[] from = c.toDoubles();
    double[] to = new double[Math.toIntExact(x.rows()) * dim()];
    for (int i = 0; i < from.length; i++) {
      to[i / known.length * dim() + known[i % known.length]] = from[i];
    }
    x.write(to);
  }

  @Override
  public int observedHeight() {
    return height;
  }

  @Override
  public int observedWidth() {
    return width;
  }

  /** The row with zeros where it is unknown. */
  @Override
  public void observe(Samples x, Samples out) {
    double[] from = x.toDoubles();
    double[] to = new double[from.length];
    for (int row = 0; row < to.length; row += dim()) {
      for (int at : known) {
        to[row + at] = from[row + at];
      }
    }
    out.write(to);
  }

  @Override
  public void coefficients(Samples observed, Samples c) {
    measure(observed, c);
  }
}
