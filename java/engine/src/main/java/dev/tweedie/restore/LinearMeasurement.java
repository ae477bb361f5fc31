package dev.tweedie.restore;

import dev.tweedie.Samples;

/**
 * Linear measurements {@code c = M' x} of rows of dimension d, for a matrix M of d x m with
 * orthonormal columns: {@code M' M = I}, and {@code M M'} projects on what is measured. What an
 * instrument returns may be in other units, such as pixels of a small image; {@link #observe} and
 * {@link #coefficients} convert. {@link Measurements} has them by name.
 */
public interface LinearMeasurement {
  /** d, the dimension of a row. */
  int dim();

  /** m, the number of measurements. */
  int count();

  /**
   * {@code c = M' x}.
   *
   * @param x {@code B x d}
   * @param c {@code B x m}, apart from x
   */
  void measure(Samples x, Samples c);

  /**
   * {@code x = M c}, the adjoint.
   *
   * @param c {@code B x m}
   * @param x {@code B x d}, apart from c
   */
  void embed(Samples c, Samples x);

  /** Numbers in an observed row. */
  default int observedDim() {
    return observedHeight() * observedWidth();
  }

  /** Height of the image that an observed row is; 1 where it is none. */
  int observedHeight();

  /** Width of the image that an observed row is. */
  int observedWidth();

  /**
   * What an instrument returns of clean rows.
   *
   * @param x {@code B x d}
   * @param out {@code B x observedDim()}, apart from x
   */
  void observe(Samples x, Samples out);

  /**
   * The measurements in what an instrument returned: {@code coefficients(observe(x)) = M' x}.
   *
   * @param observed {@code B x observedDim()}
   * @param c {@code B x m}, apart from observed
   */
  void coefficients(Samples observed, Samples c);
}
