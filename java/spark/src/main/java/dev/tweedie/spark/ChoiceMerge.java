package dev.tweedie.spark;

import dev.tweedie.backend.PartialState;
import dev.tweedie.posterior.ShardPosterior;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple5;

/** Tops and sums, and the point of the shard that is chosen. */
record ChoiceMerge(Broadcast<QueryBatch> queries, NoiseOfRows noise) implements StateMerge {
  @Override
  public Merging open() {
    QueryBatch batch = queries.value();
    return new Merging() {
      private int query;
      private PartialState all = PartialState.undrawn(1);
      private float[] point = new float[0];

      @Override
      public void begin(int next) {
        query = next;
        all = PartialState.undrawn(1);
        point = new float[0];
      }

      @Override
      public void add(Tuple5<Integer, Long, Double, Float, float[]> state) {
        int shard = Math.toIntExact(state._2());
        PartialState later =
            new PartialState(
                new double[] {state._3()},
                new float[] {state._4()},
                new float[0],
                new long[] {shard});
        ShardPosterior.merge(all, later, shard, noise.from(batch.ids()[query]));
        if (all.chosen()[0] == shard) {
          point = state._5();
        }
      }

      @Override
      public Tuple5<Integer, Double, Float, float[], float[]> end() {
        return new Tuple5<>(query, all.top()[0], all.sum()[0], point, new float[0]);
      }
    };
  }
}
