package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Scope;
import dev.tweedie.backend.PartialState;
import dev.tweedie.posterior.ShardPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple3;
import scala.Tuple5;

/** What a task makes of its shards: the states of all queries that may add something. */
record ShardTask(
    EngineChoice engine,
    DataSetSummary summary,
    int dim,
    Broadcast<QueryBatch> queries,
    NoiseLevel level,
    boolean summing)
    implements Serializable {
  /**
   * @param shards in their order
   */
  Iterator<Tuple5<Integer, Long, Double, Float, float[]>> states(
      Iterator<Tuple3<Long, float[], double[]>> shards) {
    QueryBatch batch = queries.value();
    double[] tops = new double[batch.size()]; // of this task's shards so far
    Arrays.fill(tops, -Float.MAX_VALUE);
    return new Iterator<>() {
      private Iterator<Tuple5<Integer, Long, Double, Float, float[]>> ready =
          Collections.emptyIterator();

      @Override
      public boolean hasNext() {
        while (!ready.hasNext() && shards.hasNext()) {
          Tuple3<Long, float[], double[]> shard = shards.next();
          ready = of(shard._1(), shard._2(), batch, tops).iterator();
        }
        return ready.hasNext();
      }

      @Override
      public Tuple5<Integer, Long, Double, Float, float[]> next() {
        return ready.next();
      }
    };
  }

  private List<Tuple5<Integer, Long, Double, Float, float[]>> of(
      long shard, float[] points, QueryBatch batch, double[] tops) {
    List<Tuple5<Integer, Long, Double, Float, float[]>> kept = new ArrayList<>();
    Engine here = ExecutorEngine.of(engine).engine();
    try (ShardPosterior part = ShardPosterior.of(here, DataSet.of(points, dim).shardOf(summary))) {
      for (int first = 0; first < batch.size(); first += batch.block()) {
        int count = Math.min(batch.block(), batch.size() - first);
        try (Scope _ = here.scope()) {
          PartialState state =
              part.accumulate(
                  here.samples(batch.rows(first, count), count), level.level(), summing);
          StateRow.worth(state, shard, first, tops, kept);
        }
      }
    }
    return kept;
  }
}
