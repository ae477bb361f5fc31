package dev.tweedie.cli.reproduce;

import java.util.EnumSet;
import java.util.Set;

/**
 * One figure or table of a paper, computed anew. {@link Experiments} lists all: a new one is a
 * class and a line there.
 */
public interface Experiment {
  /** What the command line calls it, such as {@code li-grid}; its files bear this name. */
  String name();

  /** Paper and item, such as {@code Li et al. 2024, toy of Fig. 1}. */
  String item();

  /** What is computed, in one line. */
  String summary();

  /** What of the user's it uses: anything else that is given to it has no effect. */
  default Set<Input> uses() {
    return EnumSet.of(Input.SEED);
  }

  /** Computes it; the same figures for the same context. */
  Result run(Context context);
}
