package dev.tweedie.blind;

import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.Outputs;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * The maximum-likelihood level on a grid, {@code argmax_sigma log p_sigma(y)}: S evaluations of the
 * evidence. It cannot be caught in a local maximum, and is as coarse as its grid; of equally likely
 * levels it takes the smallest. Belongs to one thread at a time.
 */
public final class GridEstimator implements LevelEstimator {
  private static final int ROWS = 4096;

  private final ExactPosterior posterior;
  private final double[] sigmas;
  private Samples evidences;

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
  public void estimate(Samples y, double[] sigma) {
    if (evidences == null) {
      evidences = posterior.engine().samples(ROWS, 1);
    }
    double[] best = new double[Math.toIntExact(y.rows())];
    Arrays.fill(best, Double.NEGATIVE_INFINITY);
    Arrays.fill(sigma, 0, best.length, largest()); // stays where every evidence underflows
    for (int begin = 0; begin < best.length; begin += ROWS) {
      int rows = Math.min(ROWS, best.length - begin);
      Samples some = y.slice(begin, rows);
      Samples evidence = evidences.slice(0, rows);
      for (double candidate : sigmas) {
        posterior.evaluate(some, Level.ofSigma(candidate), Outputs.evidence(evidence));
        double[] found = evidence.toDoubles();
        for (int i = 0; i < rows; i++) {
          if (found[i] > best[begin + i]) {
            best[begin + i] = found[i];
            sigma[begin + i] = candidate;
          }
        }
      }
    }
  }
}
