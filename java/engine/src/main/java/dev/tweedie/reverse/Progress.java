package dev.tweedie.reverse;

/** Told after each step; may throw to end the run. */
@FunctionalInterface
public interface Progress {
  Progress NONE = (done, steps) -> {};

  /**
   * @param done steps done so far, from 1
   * @param steps steps of the batch
   */
  void step(int done, int steps);
}
