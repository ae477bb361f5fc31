package dev.tweedie.blind;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * A prior's denoiser at the level found for each row, {@code f(y) = D_sigma(y)} with sigma from an
 * estimator (Kadkhodaie et al., Algorithm 3). Rows of equal levels are evaluated together. Where an
 * estimator has no fixed levels, D is read between two levels near the row's own, {@code log
 * sigma^2} 2^-8 apart: off by 2^-19 of its second derivative in log sigma^2 at most. Belongs to one
 * thread at a time.
 */
public final class AnalyticEstimate implements BlindEstimate {
  private final ExactPosterior posterior;
  private final LevelEstimator estimator;
  private final LevelLadder ladder;

  public AnalyticEstimate(ExactPosterior posterior, LevelEstimator estimator) {
    this.posterior = posterior;
    this.estimator = estimator;
    ladder = new LevelLadder(posterior);
  }

  @Override
  public Engine engine() {
    return posterior.engine();
  }

  @Override
  public int dim() {
    return posterior.dim();
  }

  @Override
  public void estimate(Samples y, Samples denoised, double[] sigma) {
    estimator.estimate(y, sigma);
    int rows = Math.toIntExact(y.rows());
    double[] levels = estimator.levels();
    double[] mean = new double[rows * dim()];
    boolean any = levels.length == 0;
    int count = any ? 2 * rows : rows;
    int[] row = new int[count];
    int[] key = new int[count];
    double[] share = new double[count];
    for (int i = 0; i < rows && !any; i++) {
      row[i] = i;
      key[i] = Arrays.binarySearch(levels, sigma[i]);
      share[i] = 1;
    }
    for (int i = 0; i < rows && any; i++) {
      int rung = LevelLadder.rung(sigma[i] * sigma[i]);
      double above = LevelLadder.above(sigma[i] * sigma[i], rung);
      for (int end = 0; end < 2; end++) {
        row[2 * i + end] = i;
        key[2 * i + end] = rung + end;
        share[2 * i + end] = end == 0 ? 1 - above : above;
      }
    }
    ladder.evaluate(
        y.toDoubles(),
        row,
        key,
        count,
        n -> any ? LevelLadder.level(n) : Level.ofSigma(levels[n]),
        false,
        (index, means, at, _) -> {
          for (int j = 0; j < dim(); j++) {
            mean[row[index] * dim() + j] += share[index] * means[at + j];
          }
        });
    denoised.write(mean);
  }
}
