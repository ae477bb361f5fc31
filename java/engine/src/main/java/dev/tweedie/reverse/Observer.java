package dev.tweedie.reverse;

import dev.tweedie.Samples;

/** Looks at the rows of a chain after each step; may throw to end the run. */
@FunctionalInterface
public interface Observer {
  /**
   * @param index of the step in the schedule; the last one is 0
   * @param x {@code B x d}, the state at {@code schedule.below(index)}; to be read, and only now
   * @param denoised {@code B x d}, the estimate of x_0 that the step was made of, from the state at
   *     {@code schedule.level(index)}; null where it is made without one
   */
  void step(int index, Samples x, Samples denoised);
}
