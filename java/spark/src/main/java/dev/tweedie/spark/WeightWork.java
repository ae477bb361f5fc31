package dev.tweedie.spark;

import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.PartialState;
import dev.tweedie.prior.Kind;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple3;

/** Query id, point id and weight, of the points that weigh. */
record WeightWork(NoiseLevel level, Broadcast<PartialState> states)
    implements ShardWork<Tuple3<Long, Long, Float>> {
  @Override
  public Step<Tuple3<Long, Long, Float>> open(QueryBatch queries) {
    PartialState merged = states.value();
    return new Step<>() {
      @Override
      public int count(int first) {
        return queries.block(first, 16 * Kind.SHARD); // a weight here is an object there
      }

      @Override
      public void rows(Shard shard, int first, int count, List<Tuple3<Long, Long, Float>> to) {
        Samples x = shard.samples(queries.rows(first, count), count);
        int points = shard.points().length / queries.dim();
        Samples out = shard.posterior().engine().samples(count, points);
        PartialState own = merged.rows(first, count);
        shard.posterior().finish(own, x, level.level(), Outputs.of().responsibilities(out));
        float[] weights = out.toFloats();
        for (int at = 0; at < weights.length; at++) {
          if (weights[at] > 0) {
            long point = shard.number() * Kind.SHARD + at % points;
            to.add(new Tuple3<>(queries.ids()[first + at / points], point, weights[at]));
          }
        }
      }
    };
  }
}
