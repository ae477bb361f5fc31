package dev.tweedie.blind;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.ExactPosterior;

/**
 * The exact blind denoiser of a prior, {@code f*(y) = sum_s mu_s(y) D_s(y)} with {@code mu_s(y) ~
 * Theta_s p_s(y)}: E[x_0 | y] where the level of {@code y = x_0 + sigma z} is only known to come
 * from Theta (Kadkhodaie et al.; mathematics 1.5).
 *
 * <p>One op: projections and distances of a row are made once for all levels ({@code
 * Backend.blind}). In float32 a logit of size l has an error of about {@code |l| 2^-24}, which is
 * the relative error of a mass.
 */
public final class ExactBlindDenoiser implements BlindDenoiser {
  private final ExactPosterior posterior;
  private final LevelPrior prior;

  public ExactBlindDenoiser(ExactPosterior posterior, LevelPrior prior) {
    this.posterior = posterior;
    this.prior = prior;
  }

  @Override
  public Engine engine() {
    return posterior.engine();
  }

  @Override
  public int dim() {
    return posterior.dim();
  }

  /** The prior on levels. */
  public LevelPrior levels() {
    return prior;
  }

  /** The posterior at each single level. */
  public ExactPosterior posterior() {
    return posterior;
  }

  @Override
  public void denoise(Samples y, Samples out) {
    evaluate(y, BlindOutputs.of().mean(out));
  }

  /**
   * Writes every output that is not null.
   *
   * @param y {@code B x d}; a row with NaN or infinity is refused
   */
  public void evaluate(Samples y, BlindOutputs out) {
    posterior.blind(y, prior.sigmas(), prior.logMasses(), out);
  }
}
