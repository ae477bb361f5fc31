package dev.tweedie.spark;

import dev.tweedie.backend.PartialState;
import dev.tweedie.posterior.ShardPosterior;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple5;

/** The diagonal of the covariance, of parts that were made with the merged states. */
record SpreadMerge(Broadcast<PartialState> states, int dim) implements StateMerge {
  @Override
  public Merging open() {
    PartialState merged = states.value();
    return new Merging() {
      private int query;
      private float[] diagonal = new float[dim];

      @Override
      public void begin(int next) {
        query = next;
        diagonal = new float[dim];
      }

      @Override
      public void add(Tuple5<Integer, Long, Double, Float, float[]> part) {
        ShardPosterior.addSpread(part._5(), merged.sum()[query], diagonal);
      }

      @Override
      public Tuple5<Integer, Double, Float, float[], float[]> end() {
        PartialState own = merged.row(query);
        return new Tuple5<>(query, own.top()[0], own.sum()[0], own.acc(), diagonal);
      }
    };
  }
}
