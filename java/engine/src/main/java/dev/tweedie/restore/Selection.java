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
    for (long row = 0; row < x.rows(); row++) {
      for (int k = 0; k < known.length; k++) {
        c.set(row, k, x.get(row, known[k]));
      }
    }
  }

  @Override
  public void embed(Samples c, Samples x) {
    x.segment().fill((byte) 0);
    for (long row = 0; row < x.rows(); row++) {
      for (int k = 0; k < known.length; k++) {
        x.set(row, known[k], c.get(row, k));
      }
    }
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
    out.segment().fill((byte) 0);
    for (long row = 0; row < x.rows(); row++) {
      for (int at : known) {
        out.set(row, at, x.get(row, at));
      }
    }
  }

  @Override
  public void coefficients(Samples observed, Samples c) {
    measure(observed, c);
  }
}
