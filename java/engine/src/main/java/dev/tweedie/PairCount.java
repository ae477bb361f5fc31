package dev.tweedie;

import java.util.Locale;

/**
 * Rows times components that an engine's kernels with a filter were asked about, since it opened.
 *
 * @param all of them
 * @param skipped those whose weight was proved to be zero, so that their logits were never computed
 */
public record PairCount(long all, long skipped) {
  /** Nothing was asked, or nothing filters here. */
  public static final PairCount NONE = new PairCount(0, 0);

  /** What was skipped, of 1. */
  public double share() {
    return all == 0 ? 0 : (double) skipped / all;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%,d of %,d (%.1f %%)", skipped, all, 100 * share());
  }
}
