package dev.tweedie.blind;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Samples;
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
    find(y, sigma, this::mostLikely);
  }

  /**
   * As {@link #estimate}, then between the levels: where {@code E|x_0 - y|^2} is the same at three
   * neighbours, log p is {@code -(n t + E e^-t) / 2} in {@code t = log sigma^2}, whose n and E
   * follow from them, and the most likely level is {@code sigma^2 = E / n}.
   */
  void interpolate(Samples y, double[] sigma) {
    find(y, sigma, this::betweenLevels);
  }

  private interface Choice {
    /** Of a row's shares, which begin at {@code at}. */
    double level(double[] shares, int at);
  }

  private void find(Samples y, double[] sigma, Choice choice) {
    try (Samples shares = posterior.engine().lasting(Math.min(ROWS, y.rows()), sigmas.length)) {
      for (long begin = 0; begin < y.rows(); begin += ROWS) {
        long rows = Math.min(ROWS, y.rows() - begin);
        Samples some = shares.slice(0, rows);
        BlindOutputs out = BlindOutputs.of().levels(some);
        posterior.blind(y.slice(begin, rows), sigmas, new double[sigmas.length], out);
        double[] found = some.toDoubles();
        for (int i = 0; i < rows; i++) {
          sigma[(int) begin + i] = choice.level(found, i * sigmas.length);
        }
      }
    }
  }

  private double mostLikely(double[] shares, int at) {
    return sigmas[index(shares, at)];
  }

  /** The largest level where every likelihood underflows. */
  private int index(double[] shares, int at) {
    double most = 0;
    int index = sigmas.length - 1;
    for (int s = 0; s < sigmas.length; s++) {
      if (shares[at + s] > most) {
        most = shares[at + s];
        index = s;
      }
    }
    return index;
  }

  /** The level itself where a neighbour is missing, underflows or does not fit the model. */
  private double betweenLevels(double[] shares, int at) {
    int s = index(shares, at);
    if (s == 0 || s == sigmas.length - 1) {
      return sigmas[s];
    }
    double below = StrictMath.log(shares[at + s - 1] / shares[at + s]);
    double above = StrictMath.log(shares[at + s + 1] / shares[at + s]);
    double cell = 2 * StrictMath.log(sigmas[s + 1] / sigmas[s]);
    double distance = -(below + above) / (StrictMath.cosh(cell) - 1); // E / sigma^2
    double degrees = (below - above + distance * StrictMath.sinh(cell)) / cell;
    double shift = StrictMath.log(distance / degrees);
    return Math.abs(shift) <= cell ? sigmas[s] * StrictMath.exp(0.5 * shift) : sigmas[s];
  }
}
