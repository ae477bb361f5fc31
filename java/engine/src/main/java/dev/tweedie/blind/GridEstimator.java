package dev.tweedie.blind;

import dev.tweedie.Samples;
import dev.tweedie.posterior.BlindOutputs;
import dev.tweedie.posterior.ExactPosterior;

/**
 * The maximum-likelihood level on a grid, {@code argmax_sigma log p_sigma(y)}: one op for all
 * levels. It cannot be caught in a local maximum, and is as coarse as its grid; of equally likely
 * levels it takes the smallest. Belongs to one thread at a time.
 */
public final class GridEstimator implements LevelEstimator {
  private static final int ROWS = 4096;

  private final ExactPosterior posterior;
  private final double[] sigmas;
  private Samples shares;

  /**
   * A grid evenly spaced in log sigma.
   *
   * @param count number of levels, at least 2, or 1 where both ends are the same
   */
  public GridEstimator(ExactPosterior posterior, double smallest, double largest, int count) {
    this.posterior = posterior;
    this.sigmas = LevelPrior.geometric(smallest, largest, count);
  }

  ExactPosterior posterior() {
    return posterior;
  }

  double smallest() {
    return sigmas[0];
  }

  double largest() {
    return sigmas[sigmas.length - 1];
  }

  @Override
  public double[] levels() {
    return sigmas.clone();
  }

  @Override
  public void estimate(Samples y, double[] sigma) {
    if (shares == null) {
      shares = posterior.engine().samples(ROWS, sigmas.length);
    }
    for (long begin = 0; begin < y.rows(); begin += ROWS) {
      long rows = Math.min(ROWS, y.rows() - begin);
      Samples some = shares.slice(0, rows);
      BlindOutputs out = new BlindOutputs(null, some, null);
      posterior.blind(y.slice(begin, rows), sigmas, new double[sigmas.length], out);
      double[] found = some.toDoubles();
      for (int i = 0; i < rows; i++) {
        sigma[(int) begin + i] = mostLikely(found, i * sigmas.length);
      }
    }
  }

  /** The largest level where every likelihood underflows. */
  private double mostLikely(double[] shares, int at) {
    double most = 0;
    double sigma = largest();
    for (int s = 0; s < sigmas.length; s++) {
      if (shares[at + s] > most) {
        most = shares[at + s];
        sigma = sigmas[s];
      }
    }
    return sigma;
  }
}
