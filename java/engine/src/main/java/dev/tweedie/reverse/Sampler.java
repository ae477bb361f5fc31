package dev.tweedie.reverse;

import dev.tweedie.Samples;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.schedule.Schedule;

/**
 * A rule for one reverse step. With a denoiser, a schedule, rows at the noisiest level and a seed
 * it determines samples of x_0; a sampler itself holds no state. {@link Samplers} has them by name.
 *
 * <p>A step is made of what {@link Chain} offers: {@link Chain#denoise} estimates x_0, {@link
 * Chain#transition} has the two levels and the field's expressions in them, {@link Chain#advance}
 * moves the state. Euler's method, whole:
 *
 * <pre>{@code
 * Sampler euler =
 *     (chain, index) -> {
 *       chain.denoise(index);
 *       chain.advance(chain.transition(index).flow(0), index);
 *     };
 * }</pre>
 */
@FunctionalInterface
public interface Sampler {
  /**
   * Moves the chain from {@code schedule.level(index)} to {@code schedule.below(index)}. At index 0
   * every sampler here ends without noise: an affine one returns the estimate at level 0.
   */
  void step(Chain chain, int index);

  /**
   * Whether steps are ops of the engine alone, with coefficients that depend on nothing but the
   * schedule: then a device records a batch's steps once and runs them again for later batches of
   * an equal sampler.
   */
  default boolean repeatable() {
    return false;
  }

  /** Whether steps add noise of the chain's seed; others depend on their first rows alone. */
  default boolean addsNoise() {
    return true;
  }

  /**
   * Samples x_0. Row {@code firstRow + i} of a run has the same bits in any batch. Memory is freed
   * when the engine closes: for many batches keep one {@link Chain}.
   *
   * @return {@code rows x d}
   */
  default Samples sample(Denoiser denoiser, Schedule schedule, long firstRow, int rows, long seed) {
    return new Chain(denoiser, schedule, seed, rows).sample(this, firstRow, rows);
  }

  /**
   * As {@link #sample}, from given rows at the noisiest level.
   *
   * @param start {@code B x d}, left as it is
   */
  default Samples run(
      Denoiser denoiser, Schedule schedule, Samples start, long firstRow, long seed) {
    int rows = Math.toIntExact(start.rows());
    return new Chain(denoiser, schedule, seed, rows).run(this, start, firstRow);
  }
}
