package dev.tweedie.spark;

import dev.tweedie.Engine;
import java.io.Serializable;
import java.util.List;
import scala.Tuple2;
import scala.Tuple5;

/** What is written of queries whose states are merged over all shards. */
interface FinishWork extends Serializable {
  /**
   * @param block wholes in the order of their queries
   * @param here whose scope is the block's
   * @param to id and results of each, as {@link Results} makes them
   */
  void finish(
      List<Tuple5<Integer, Double, Float, float[], float[]>> block,
      QueryBatch queries,
      Engine here,
      List<Tuple2<Long, Object>> to);
}
