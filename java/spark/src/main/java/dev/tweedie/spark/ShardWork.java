package dev.tweedie.spark;

import dev.tweedie.Samples;
import dev.tweedie.posterior.ShardPosterior;
import java.io.Serializable;
import java.util.List;

/**
 * What is made of a shard and a block of queries.
 *
 * @param <R> a row of the result
 */
interface ShardWork<R> extends Serializable {
  /**
   * One shard of the points.
   *
   * @param number among all
   * @param points {@code n x d}
   */
  record Shard(ShardPosterior posterior, long number, float[] points) {
    /** Rows as its engine takes them, until the block is done. */
    Samples samples(float[] rows, int count) {
      return posterior.engine().samples(rows, count);
    }
  }

  /** Work of one task, which takes its shards in their order. */
  interface Step<R> {
    /** How many queries from {@code first} on are taken together. */
    int count(int first);

    /**
     * @param first and the next: the queries
     * @param to where rows are added
     */
    void rows(Shard shard, int first, int count, List<R> to);
  }

  Step<R> open(QueryBatch queries);
}
