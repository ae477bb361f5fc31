package dev.tweedie.reverse.kernel;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.metric.Distortion;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.schedule.Level;

/**
 * The error at every step of a truncated chain (the per-step curves of Fesl et al. 2025), gathered
 * batch by batch. Two curves: of the state itself, as published, and of the estimate of x_0 that
 * each step is made of, which starts at one-shot denoising and ends at the chain's own result.
 */
public final class StepCurve {
  private final TruncatedDenoiser denoiser;
  private final Level observed;
  private final Distortion[] states;
  private final Distortion[] estimates;

  /**
   * @param observed what observations are taken to be
   */
  public StepCurve(TruncatedDenoiser denoiser, Level observed) {
    this.denoiser = denoiser;
    this.observed = observed;
    this.states = new Distortion[denoiser.start(observed) + 1];
    this.estimates = new Distortion[states.length];
    for (int i = 0; i < states.length; i++) {
      states[i] = new Distortion();
      estimates[i] = new Distortion();
    }
  }

  /**
   * Denoises a batch.
   *
   * @param y {@code B x d} at the observed level
   * @param clean {@code B x d}, their x_0
   * @param firstRow number of the first row within the whole run
   * @return the chain's result, valid until the next batch
   */
  public Samples add(Samples y, Samples clean, long firstRow) {
    return denoiser.chain(
        y,
        observed,
        firstRow,
        (index, x, denoised) -> {
          states[index].add(x, clean);
          denoised.ifPresent(estimate -> estimates[index].add(estimate, clean));
        });
  }

  /** Steps of the chain; step 0 is the last. */
  public int steps() {
    return states.length;
  }

  /**
   * Of the state after a step, x at {@code schedule.below(index)}, against x_0 as it is: a variance
   * preserving state is smaller by alpha.
   *
   * @param index 0 to {@code steps() - 1}
   */
  public Distortion state(int index) {
    return states[checked(index)];
  }

  /**
   * Of the estimate of x_0 at {@code schedule.level(index)}.
   *
   * @param index 0 to {@code steps() - 1}
   */
  public Distortion estimate(int index) {
    return estimates[checked(index)];
  }

  private int checked(int index) {
    if (index < 0 || index >= states.length) {
      throw new InvalidInputException(
          "step: found " + index + ", allowed: 0 to " + (states.length - 1));
    }
    return index;
  }
}
