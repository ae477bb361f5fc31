package dev.tweedie.blind;

import dev.tweedie.Samples;

/** Finds the level sigma of each row {@code y = x_0 + sigma z}. */
@FunctionalInterface
public interface LevelEstimator {
  /**
   * @param y {@code B x d}
   * @param sigma written: B standard deviations
   */
  void estimate(Samples y, double[] sigma);

  /** The levels that {@link #estimate} chooses from, increasing; none where a row may have any. */
  default double[] levels() {
    return new double[0];
  }
}
