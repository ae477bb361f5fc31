package dev.tweedie.blind;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;

/**
 * A prior's denoiser at the level found for each row, {@code f(y) = D_sigma(y)} with sigma from an
 * estimator (Kadkhodaie et al., Algorithm 3). Rows are evaluated one by one, each at its own level.
 */
public final class AnalyticEstimate implements BlindEstimate {
  private final ExactPosterior posterior;
  private final LevelEstimator estimator;

  public AnalyticEstimate(ExactPosterior posterior, LevelEstimator estimator) {
    this.posterior = posterior;
    this.estimator = estimator;
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
    for (int i = 0; i < y.rows(); i++) {
      posterior.denoise(y.slice(i, 1), Level.ofSigma(sigma[i]), denoised.slice(i, 1));
    }
  }
}
