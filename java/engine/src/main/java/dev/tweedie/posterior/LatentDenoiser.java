package dev.tweedie.posterior;

import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.schedule.Level;

/**
 * A denoiser that draws: its estimate depends on latent noise besides x and the level, as in a
 * learned soft mixture (Li et al. 2024). A chain gives it fresh noise at every step.
 */
public interface LatentDenoiser extends Denoiser {
  /**
   * Denoises each row.
   *
   * @param x {@code B x d}, rows of {@code alpha x_0 + sigma z}
   * @param at address of the first row's latent noise
   * @param out {@code B x d}, apart from x
   */
  void denoise(Samples x, Level level, NoiseAddress at, Samples out);
}
