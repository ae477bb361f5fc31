package dev.tweedie.reverse;

import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * The diffusion denoiser of Fesl et al. 2025: observations enter a schedule at the level {@code
 * t-hat} whose signal-to-noise ratio is nearest to theirs (Eq. 12), scaled to its power, and leave
 * it by one of two estimators.
 *
 * <ul>
 *   <li>{@link #chain}: step by step through the conditional means {@code f_t(x) = E[x_u | x_t =
 *       x]} (Algorithm 1), or with re-sampling through draws of DDPM.
 *   <li>{@link #oneShot}: {@code E[x_0 | x_t-hat]} at once.
 * </ul>
 *
 * <p>For exact conditional means and an observation on the grid, one shot is the estimate of least
 * mean squared error. The chain is the same for a Gaussian prior, whatever the schedule. For others
 * a bias remains, {@code -1/2 sum_t beta_t Laplacian D_t(x_t)} to first order: it does not vanish
 * with the number of steps where the posterior has several modes. With re-sampling the chain ends
 * near a posterior sample, of about twice the least error.
 *
 * <p>The level of an observation is what it is taken to be: a wrong one is a mismatch, which costs
 * error and nothing else. Memory is taken once for the largest batch; for one thread at a time.
 */
public final class TruncatedDenoiser {
  /** How the distance of two signal-to-noise ratios is measured. */
  public enum Match {
    /** In dB, the one that treats all ratios alike. */
    DECIBEL,
    /** Of the ratios themselves: differs where the grid is coarse. */
    LINEAR
  }

  private final Denoiser denoiser;
  private final Schedule schedule;
  private final int capacity;
  private Match match = Match.DECIBEL;
  private Sampler sampler = new Truncated();
  private Chain chain;
  private @Nullable Samples scaled;
  private @Nullable Samples estimate;

  /**
   * Without re-sampling, and matching in dB.
   *
   * @param denoiser told the level; the exact posterior of a prior, or a network
   * @param largestBatch rows, at least 1
   */
  public TruncatedDenoiser(Denoiser denoiser, Schedule schedule, int largestBatch) {
    this.denoiser = denoiser;
    this.schedule = schedule;
    this.capacity = largestBatch;
    this.chain = new Chain(denoiser, schedule, 0, largestBatch);
  }

  /** Chooses how t-hat is found. */
  public TruncatedDenoiser matching(Match match) {
    this.match = match;
    return this;
  }

  /**
   * Adds DDPM's fresh noise of variance beta-tilde after every step but the last.
   *
   * @param seed of that noise
   */
  public TruncatedDenoiser resampling(long seed) {
    sampler = new Ddpm(Ddpm.Variance.POSTERIOR);
    chain = new Chain(denoiser, schedule, seed, capacity);
    return this;
  }

  public Schedule schedule() {
    return schedule;
  }

  /** Reports each step of a chain. */
  public TruncatedDenoiser progress(Progress progress) {
    chain.progress(progress);
    return this;
  }

  /**
   * t-hat: index of the level in the schedule where an observation enters.
   *
   * @param observed of sigma &gt; 0
   */
  public int start(Level observed) {
    return switch (match) {
      case DECIBEL -> schedule.nearestSnrDb(observed.snrDb());
      case LINEAR -> schedule.nearestSnr(observed.snr());
    };
  }

  /**
   * Estimates x_0 step by step.
   *
   * @param y {@code B x d}, {@code alpha x_0 + sigma z} at {@code observed}; left as it is
   * @param firstRow number of the first row within the whole run, which its noise depends on
   * @return {@code B x d}, valid until the next batch
   */
  public Samples chain(Samples y, Level observed, long firstRow) {
    return chain.observe(Observer.NONE).denoise(sampler, y, observed, start(observed), firstRow);
  }

  /** As {@link #chain}, showing each step to {@code observer}. */
  public Samples chain(Samples y, Level observed, long firstRow, Observer observer) {
    return chain.observe(observer).denoise(sampler, y, observed, start(observed), firstRow);
  }

  /**
   * Estimates x_0 by one call of the denoiser, at t-hat.
   *
   * @param y {@code B x d} at {@code observed}; left as it is
   * @return {@code B x d}, valid until the next batch
   */
  public Samples oneShot(Samples y, Level observed) {
    Level level = schedule.level(start(observed));
    if (scaled == null || estimate == null) {
      scaled = denoiser.engine().lasting(capacity, denoiser.dim());
      estimate = denoiser.engine().lasting(capacity, denoiser.dim());
    }
    Samples from = scaled.slice(0, y.rows());
    Samples out = estimate.slice(0, y.rows());
    Coefficients scale = new Coefficients(level.amplitude() / observed.amplitude(), 0, 0, 0);
    denoiser.engine().run(() -> denoiser.engine().backend().step(scale, StepTerms.of(y, from)));
    denoiser.denoise(from, level, out);
    return out;
  }
}
