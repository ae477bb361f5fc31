package dev.tweedie.spark;

import dev.tweedie.Samples;
import dev.tweedie.backend.PartialState;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple5;

/** Parts of the covariance's diagonal, those that are not all zero. */
record SpreadWork(NoiseLevel level, Broadcast<PartialState> states)
    implements ShardWork<Tuple5<Integer, Long, Double, Float, float[]>> {
  @Override
  public Step<Tuple5<Integer, Long, Double, Float, float[]>> open(QueryBatch queries) {
    PartialState merged = states.value();
    int dim = queries.dim();
    float[] zero = new float[dim];
    return new Step<>() {
      @Override
      public int count(int first) {
        return queries.block(first, dim);
      }

      @Override
      public void rows(
          Shard shard,
          int first,
          int count,
          List<Tuple5<Integer, Long, Double, Float, float[]>> to) {
        Samples x = shard.samples(queries.rows(first, count), count);
        PartialState own = merged.rows(first, count);
        float[] parts = shard.posterior().spread(own, x, level.level());
        for (int i = 0; i < count; i++) {
          float[] part = Arrays.copyOfRange(parts, i * dim, (i + 1) * dim);
          if (!Arrays.equals(part, zero)) {
            to.add(new Tuple5<>(first + i, shard.number(), 0.0, 0f, part));
          }
        }
      }
    };
  }
}
