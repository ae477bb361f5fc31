package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * In place of a blind estimate: the denoiser at the levels of the implicit schedule, one a call. A
 * blind chain over it is the chain that is told its levels. Serves one batch of one chain.
 */
final class Told implements BlindEstimate {
  private final ExactPosterior posterior;
  private final double contraction;
  private double level;

  Told(ExactPosterior posterior, BlindStep step, double start) {
    this.posterior = posterior;
    this.contraction = step.contraction();
    this.level = start;
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
    posterior.denoise(y, Level.ofSigma(level), denoised);
    Arrays.fill(sigma, level);
    level *= contraction;
  }
}
