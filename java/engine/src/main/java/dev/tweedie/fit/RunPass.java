package dev.tweedie.fit;

import java.io.Serializable;

/**
 * One pass of a fit over its rows, run by run. It holds parameters and no rows, so it can travel to
 * where the rows are.
 *
 * @param <T> what comes of a run
 */
@FunctionalInterface
public interface RunPass<T> extends Serializable {
  /** Makes ready for any number of runs. */
  Work<T> open(RunMemory memory);

  /**
   * An open pass, of one thread.
   *
   * @param <T> what comes of a run
   */
  @FunctionalInterface
  interface Work<T> extends AutoCloseable {
    /** What comes of the run alone, whatever runs were before. */
    T of(Run run);

    /** Frees what is no sample of its memory. */
    @Override
    default void close() {}
  }
}
