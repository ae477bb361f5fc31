package dev.tweedie.blind;

import dev.tweedie.Engine;
import dev.tweedie.Samples;

/** What a blind chain asks at every step: an estimate of x_0, and of the level of each row. */
public interface BlindEstimate {
  /** The engine whose samples this reads and writes. */
  Engine engine();

  /** d, the dimension of a row. */
  int dim();

  /**
   * @param y {@code B x d}
   * @param denoised {@code B x d}, written, apart from y
   * @param sigma written: B standard deviations
   */
  void estimate(Samples y, Samples denoised, double[] sigma);
}
