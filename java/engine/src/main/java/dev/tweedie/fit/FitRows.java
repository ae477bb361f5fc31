package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The rows that a fit is on, cut into runs of a length that depends on shapes alone. A pass makes
 * something of each run, and what it makes is added up in the order of the runs: so the bits depend
 * neither on threads nor on where the runs lie.
 */
public interface FitRows extends AutoCloseable {
  /** Numbers of a run, and rows at most. */
  int RUN_ELEMENTS = 1 << 22;

  /** See {@link #RUN_ELEMENTS}. */
  int RUN_ROWS = 8192;

  /** Rows of a run; the last one may have fewer. */
  static int runRows(int dim, int components) {
    return Math.clamp(RUN_ELEMENTS / Math.max(dim + 1, components), 64, RUN_ROWS);
  }

  /**
   * Rows of this process, each counting once.
   *
   * @param rows {@code N x d} of the engine, which must outlive the result
   * @param components of the mixture to fit
   * @throws dev.tweedie.InvalidInputException where a row is not finite
   */
  static FitRows of(Engine engine, Samples rows, int components) {
    return new LocalRows(engine, rows, Optional.empty(), components);
  }

  /**
   * As {@link #of(Engine, Samples, int)}, of rows that count more or less.
   *
   * @param weights how often each row counts, finite and at least 0
   */
  static FitRows of(Engine engine, Samples rows, double[] weights, int components) {
    return new LocalRows(engine, rows, Optional.of(weights), components);
  }

  /** For what is not done over rows. */
  Engine engine();

  /** N. */
  long size();

  /** d. */
  int dim();

  /** Rows of a run; the last one may have fewer. */
  int runLength();

  /** Whether rows have weights. */
  boolean weighted();

  /** What a pass makes of all runs: arrays of the same lengths, added up in the runs' order. */
  double[][] sum(RunPass<double[][]> pass);

  /** What a pass makes of each run, in order: something small. */
  <T> List<T> each(RunPass<T> pass);

  /** What a pass makes of one run. */
  <T> T one(int run, RunPass<T> pass);

  @Override
  void close();

  /** Adds arrays to those before. */
  static void add(double[] more, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += more[i];
    }
  }

  /**
   * Components side by side, on as many threads as the engine has: each has sums of its own, so
   * their order does not matter.
   */
  static void forEachComponent(Engine engine, int components, IntConsumer work) {
    engine.forEachChunk(
        components,
        1,
        (begin, count) -> {
          for (long k = begin; k < begin + count; k++) {
            work.accept((int) k);
          }
        });
  }
}
