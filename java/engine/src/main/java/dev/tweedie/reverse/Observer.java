package dev.tweedie.reverse;

import dev.tweedie.Samples;
import java.util.Optional;

/** Looks at the rows of a chain after each step; may throw to end the run. */
@FunctionalInterface
public interface Observer {
  /** Looks at nothing. */
  Observer NONE = (index, x, denoised) -> {};

  /**
   * @param index of the step in the schedule; the last one is 0
   * @param x {@code B x d}, the state at {@code schedule.below(index)}; to be read, and only now
   * @param denoised {@code B x d}, the estimate of x_0 that the step was made of, from the state at
   *     {@code schedule.level(index)}; empty where it is made without one
   */
  void step(int index, Samples x, Optional<Samples> denoised);
}
