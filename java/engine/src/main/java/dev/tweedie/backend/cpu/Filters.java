package dev.tweedie.backend.cpu;

import dev.tweedie.OutOfNativeMemoryException;
import dev.tweedie.PairCount;
import dev.tweedie.Pruning;
import dev.tweedie.backend.table.FilterTable;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.threads.Workers;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** When an engine's kernels get a filter, and what it left out. */
final class Filters {
  /**
   * Rows that are evaluated at levels where a filter may help before one is made: about what making
   * it costs.
   */
  private static final long WORTH_ROWS = 64;

  /** Fewer components are quickly done without: a quarter of a shard. */
  private static final int LEAST_COMPONENTS = 2016;

  /**
   * Least {@code alpha^2 |m|^2 / p}, the mean over components. Logits of two components differ by
   * about half the square of their distance over p, which is this where they are unrelated; from 40
   * on the lesser one has no weight.
   */
  private static final double LEAST_CONTRAST = 50;

  private final boolean quick;
  private volatile Pruning mode = Pruning.AUTO;
  private final LongAdder all = new LongAdder();
  private final LongAdder skipped = new LongAdder();

  /**
   * @param quick whether products of codes take less time here than those of floats
   */
  Filters(boolean quick) {
    this.quick = quick;
  }

  boolean quick() {
    return quick;
  }

  void mode(Pruning mode) {
    this.mode = mode;
  }

  boolean always() {
    return mode == Pruning.ON;
  }

  /** Makes the table that {@link #of} gives later, where so many rows more say that it pays. */
  void prepare(PriorTable prior, LevelTable level, long rows, Workers workers) {
    if (mode == Pruning.ON) {
      prior.makeFilter(workers);
    } else if (mayHelp(prior, level)
        && prior.filter() == null
        && prior.awaitFilter(rows) >= WORTH_ROWS) {
      try {
        prior.makeFilter(workers);
      } catch (OutOfNativeMemoryException e) { // results do not need it
        return;
      }
    }
  }

  /** What a call at this level uses, or null. */
  @Nullable FilterTable of(PriorTable prior, LevelTable level) {
    return mode == Pruning.ON || mayHelp(prior, level) ? prior.filter() : null;
  }

  private boolean mayHelp(PriorTable prior, LevelTable level) {
    return mode == Pruning.AUTO
        && quick
        && !prior.readInPlace()
        && prior.components() >= LEAST_COMPONENTS
        && prior.contrast(level) >= LEAST_CONTRAST;
  }

  void count(long pairs, long left) {
    all.add(pairs);
    skipped.add(left);
  }

  PairCount count() {
    return new PairCount(all.sum(), skipped.sum());
  }
}
