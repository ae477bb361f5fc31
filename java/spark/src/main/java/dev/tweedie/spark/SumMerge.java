package dev.tweedie.spark;

import dev.tweedie.backend.PartialState;
import dev.tweedie.posterior.ShardPosterior;
import scala.Tuple5;

/**
 * Tops, sums and weighted sums.
 *
 * @param width weighted sums of a query
 */
record SumMerge(int width) implements StateMerge {
  @Override
  public Merging open() {
    return new Merging() {
      private int query;
      private PartialState all = PartialState.empty(1, width);

      @Override
      public void begin(int next) {
        query = next;
        all = PartialState.empty(1, width);
      }

      @Override
      public void add(Tuple5<Integer, Long, Double, Float, float[]> state) {
        PartialState later =
            new PartialState(
                new double[] {state._3()}, new float[] {state._4()}, state._5(), new long[0]);
        ShardPosterior.merge(all, later);
      }

      @Override
      public Tuple5<Integer, Double, Float, float[], float[]> end() {
        return new Tuple5<>(query, all.top()[0], all.sum()[0], all.acc(), new float[0]);
      }
    };
  }
}
