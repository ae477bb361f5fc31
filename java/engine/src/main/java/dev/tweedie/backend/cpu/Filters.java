package dev.tweedie.backend.cpu;

import dev.tweedie.OutOfNativeMemoryException;
import dev.tweedie.PairCount;
import dev.tweedie.Pruning;
import dev.tweedie.backend.table.BallTable;
import dev.tweedie.backend.table.FilterTable;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import dev.tweedie.threads.Workers;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** When an engine's kernels get a filter, or balls around blocks, and what these left out. */
final class Filters {
  /**
   * Rows that are evaluated at levels where a filter may help before one is made: about what making
   * it costs.
   */
  private static final long WORTH_ROWS = 128;

  /** Fewer components are quickly done without: a quarter of a shard. */
  private static final int LEAST_COMPONENTS = 2016;

  /**
   * Least {@code alpha^2 |m|^2 / p}, the mean over components. Logits of two components differ by
   * about half the square of their distance over p, which is this where they are unrelated; from 40
   * on the lesser one has no weight.
   */
  private static final double LEAST_CONTRAST = 50;

  /** Balls pay for themselves sooner; but of fewer blocks than a shard has few are far. */
  private static final int LEAST_FOR_BALLS = Kind.SHARD;

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

  /** Makes the tables that are given later, where so many rows more say that it pays. */
  void prepare(PriorTable prior, LevelTable level, long rows, Workers workers) {
    FilterTable codes = prior.filter();
    if (codes != null) {
      codes.requireUnchanged();
    }
    if (mode == Pruning.ON) {
      prior.makeBalls(workers);
      prior.makeFilter(workers);
      return;
    }
    boolean balls = ballsMayHelp(prior, level) && prior.balls() == null;
    boolean filter = mayHelp(prior, level) && prior.filter() == null;
    if ((balls || filter) && prior.awaitFilter(rows) >= WORTH_ROWS) {
      try {
        if (balls) {
          prior.makeBalls(workers);
        }
        if (filter) {
          prior.makeFilter(workers);
        }
      } catch (OutOfNativeMemoryException e) { // results do not need it
        return;
      }
    }
  }

  /** What a call at this level uses, or null. */
  @Nullable FilterTable of(PriorTable prior, LevelTable level) {
    return mode == Pruning.ON || mayHelp(prior, level) ? prior.filter() : null;
  }

  /** As {@link #of}. */
  @Nullable BallTable balls(PriorTable prior, LevelTable level) {
    BallTable made = prior.balls();
    boolean wanted =
        mode == Pruning.ON || made != null && made.telling() && ballsMayHelp(prior, level);
    return wanted ? made : null;
  }

  private boolean ballsMayHelp(PriorTable prior, LevelTable level) {
    return mode == Pruning.AUTO
        && prior.components() >= LEAST_FOR_BALLS
        && prior.contrast(level) >= LEAST_CONTRAST;
  }

  private boolean mayHelp(PriorTable prior, LevelTable level) {
    return mode == Pruning.AUTO
        && quick
        && (!prior.readInPlace() || prior.filterFile() != null)
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
