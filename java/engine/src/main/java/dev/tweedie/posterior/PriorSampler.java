package dev.tweedie.posterior;

import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.schedule.Level;
import org.jspecify.annotations.Nullable;

/**
 * Draws x_0 from a prior. At a level without signal the posterior is the prior, so a draw is an
 * exact posterior draw there, given x = 0: the same kernels, the same addressed noise on every
 * backend. Keeps some rows of zeros; belongs to one thread at a time.
 */
public final class PriorSampler {
  /** The square of this alpha, and its product with any float32 number, vanish beside sigma. */
  private static final Level NO_SIGNAL = Level.of(1e-200, 1);

  /** Elements of the zeros, and rows at most. */
  private static final int ELEMENTS = 1 << 20;

  private static final int ROWS = 1024;

  private final ExactPosterior prior;
  private final int chunk;
  private @Nullable Samples zeros;

  public PriorSampler(ExactPosterior prior) {
    this.prior = prior;
    this.chunk = Math.clamp(ELEMENTS / prior.dim(), 1, ROWS);
  }

  /**
   * Fills {@code out}, {@code B x d}, with draws of x_0.
   *
   * @param at its noise; {@code block} must be 0
   */
  public void draw(NoiseAddress at, Samples out) {
    for (long begin = 0; begin < out.rows(); begin += chunk) {
      long rows = Math.min(chunk, out.rows() - begin);
      prior.draw(zeros(rows), NO_SIGNAL, Level.CLEAN, at.skipRows(begin), out.slice(begin, rows));
    }
  }

  private Samples zeros(long rows) {
    if (zeros == null) {
      zeros = prior.engine().lasting(chunk, prior.dim());
      zeros.clear();
    }
    return zeros.slice(0, rows);
  }
}
