package dev.tweedie.blind;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.BlindDenoiser;

/**
 * Any blind denoiser f, exact or a network, and the level from its residual, {@code sigma^2 = |f(y)
 * - y|^2 / d} (Kadkhodaie et al., Algorithm 2). Low by the share {@code tr C / (d sigma^2)} that
 * the posterior covariance C has of the noise: little where d is large against the data's own
 * dimension. Belongs to one thread at a time.
 */
public final class ResidualEstimate implements BlindEstimate {
  private final BlindDenoiser denoiser;

  public ResidualEstimate(BlindDenoiser denoiser) {
    this.denoiser = denoiser;
  }

  @Override
  public Engine engine() {
    return denoiser.engine();
  }

  @Override
  public int dim() {
    return denoiser.dim();
  }

  @Override
  public void estimate(Samples y, Samples denoised, double[] sigma) {
    denoiser.denoise(y, denoised);
    try (Samples squares = engine().lasting(y.rows(), 1)) {
      engine().run(() -> engine().backend().residual(y, denoised, squares));
      double[] found = squares.toDoubles();
      for (int i = 0; i < found.length; i++) {
        sigma[i] = Math.sqrt(found[i] / dim());
      }
    }
  }
}
