package dev.tweedie.spark;

import dev.tweedie.Samples;
import dev.tweedie.backend.PartialState;
import java.util.Arrays;
import java.util.List;
import scala.Tuple5;

/**
 * States of the softmax, those that may add something to what earlier shards of the task have.
 *
 * @param summing whether weighted sums are wanted
 */
record StateWork(NoiseLevel level, boolean summing)
    implements ShardWork<Tuple5<Integer, Long, Double, Float, float[]>> {
  @Override
  public Step<Tuple5<Integer, Long, Double, Float, float[]>> open(QueryBatch queries) {
    Tops tops = new Tops(queries.size());
    return new Step<>() {
      @Override
      public int count(int first) {
        return queries.block(first, queries.dim());
      }

      @Override
      public void rows(
          Shard shard,
          int first,
          int count,
          List<Tuple5<Integer, Long, Double, Float, float[]>> to) {
        Samples x = shard.samples(queries.rows(first, count), count);
        PartialState states = shard.posterior().accumulate(x, level.level(), summing);
        int width = states.width();
        for (int i = 0; i < states.rows(); i++) {
          if (tops.raise(first + i, states.top()[i])) {
            float[] sums = Arrays.copyOfRange(states.acc(), i * width, (i + 1) * width);
            to.add(StateRow.of(first + i, shard.number(), states, i, sums));
          }
        }
      }
    };
  }
}
