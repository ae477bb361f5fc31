package dev.tweedie.spark;

import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import java.io.Serializable;

/** What is computed of blocks of rows. It travels to the tasks. */
@FunctionalInterface
interface BlockWork extends Serializable {
  /**
   * Makes ready for blocks of one task.
   *
   * @param capacity rows of the largest block
   */
  Step open(ExactPosterior posterior, int capacity);

  /** Work on a block of one task. */
  interface Step extends AutoCloseable {
    /**
     * Computes the results of a block, valid until the next one.
     *
     * @param x {@code B x d}, finite
     * @param ids of the rows, at least B; of no meaning where the work asked for none
     * @return {@code B} rows each, in the order of the result columns
     */
    Samples[] run(Samples x, long[] ids);

    /** Frees what it works with, at the end of the task. */
    @Override
    void close();
  }
}
