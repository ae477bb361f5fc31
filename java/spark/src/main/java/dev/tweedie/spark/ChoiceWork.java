package dev.tweedie.spark;

import dev.tweedie.backend.PartialState;
import dev.tweedie.prior.Kind;
import java.util.Arrays;
import java.util.List;
import scala.Tuple5;

/**
 * States of a draw, each with the point that it has chosen. Queries lie in the order of their ids,
 * which address noise; narrow gaps between them are filled with rows that nobody reads, as in
 * {@link DrawWork}.
 */
record ChoiceWork(NoiseLevel level, NoiseOfRows noise)
    implements ShardWork<Tuple5<Integer, Long, Double, Float, float[]>> {
  @Override
  public Step<Tuple5<Integer, Long, Double, Float, float[]>> open(QueryBatch queries) {
    long[] ids = queries.ids();
    Tops tops = new Tops(queries.size());
    int dim = queries.dim();
    return new Step<>() {
      @Override
      public int count(int first) {
        int most = queries.block(first, dim);
        int count = 1;
        while (first + count < queries.size()
            && ids[first + count] - ids[first + count - 1] < DrawWork.GAP
            && ids[first + count] - ids[first] < most) {
          count++;
        }
        return count;
      }

      /** The number of a query's row among the filled ones. */
      private int place(int first, int query) {
        return (int) (ids[query] - ids[first]);
      }

      private float[] filled(int first, int count) {
        float[] rows = new float[(place(first, first + count - 1) + 1) * dim];
        for (int i = first; i < first + count; i++) {
          float[] row = queries.rows(i, 1);
          int end = i + 1 < first + count ? place(first, i + 1) * dim : rows.length;
          for (int at = place(first, i) * dim; at < end; at += dim) {
            System.arraycopy(row, 0, rows, at, dim);
          }
        }
        return rows;
      }

      @Override
      public void rows(
          Shard shard,
          int first,
          int count,
          List<Tuple5<Integer, Long, Double, Float, float[]>> to) {
        float[] rows = filled(first, count);
        PartialState states =
            shard
                .posterior()
                .choose(
                    shard.samples(rows, rows.length / dim),
                    level.level(),
                    Math.toIntExact(shard.number()),
                    noise.from(ids[first]));
        for (int query = first; query < first + count; query++) {
          int row = place(first, query);
          long chosen = states.chosen()[row];
          if (chosen >= 0 && tops.raise(query, states.top()[row])) {
            int at = Math.toIntExact(chosen - shard.number() * Kind.SHARD) * dim;
            float[] point = Arrays.copyOfRange(shard.points(), at, at + dim);
            to.add(StateRow.of(query, shard.number(), states, row, point));
          }
        }
      }
    };
  }
}
