package dev.tweedie.spark;

import dev.tweedie.backend.PartialState;
import dev.tweedie.posterior.ShardPosterior;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import scala.Tuple4;
import scala.Tuple5;

/** The state of one query over one shard, as it travels: query, shard, top, sum, weighted sums. */
final class StateRow {
  private StateRow() {}

  static Encoder<Tuple5<Integer, Long, Double, Float, float[]>> encoder(SparkSession spark) {
    return Encoders.tuple(
        Encoders.INT(),
        Encoders.LONG(),
        Encoders.DOUBLE(),
        Encoders.FLOAT(),
        spark.implicits().newFloatArrayEncoder());
  }

  static Tuple5<Integer, Long, Double, Float, float[]> of(
      int query, long shard, PartialState state) {
    return new Tuple5<>(query, shard, state.top()[0], state.sum()[0], state.acc());
  }

  private static PartialState state(Tuple5<Integer, Long, Double, Float, float[]> row) {
    return new PartialState(new double[] {row._3()}, new float[] {row._4()}, row._5());
  }

  /** Merges the states of each query, which lie in order of query and shard. */
  static Iterator<Tuple4<Integer, Double, Float, float[]>> merged(
      Iterator<Tuple5<Integer, Long, Double, Float, float[]>> rows, int width) {
    return new Iterator<>() {
      private Tuple5<Integer, Long, Double, Float, float[]> pending =
          rows.hasNext() ? rows.next() : null;

      @Override
      public boolean hasNext() {
        return pending != null;
      }

      @Override
      public Tuple4<Integer, Double, Float, float[]> next() {
        int query = pending._1();
        PartialState merged = PartialState.empty(1, width);
        while (pending != null && pending._1() == query) {
          ShardPosterior.merge(merged, state(pending));
          pending = rows.hasNext() ? rows.next() : null;
        }
        return new Tuple4<>(query, merged.top()[0], merged.sum()[0], merged.acc());
      }
    };
  }

  static Encoder<Tuple4<Integer, Double, Float, float[]>> mergedEncoder(SparkSession spark) {
    return Encoders.tuple(
        Encoders.INT(),
        Encoders.DOUBLE(),
        Encoders.FLOAT(),
        spark.implicits().newFloatArrayEncoder());
  }

  /**
   * The states of a block that are worth sending: not those that add exactly zero to what earlier
   * shards have.
   *
   * @param first query of the block
   * @param tops of every query over earlier shards, brought up to date
   * @param to where they are added
   */
  static void worth(
      PartialState states,
      long shard,
      int first,
      double[] tops,
      List<Tuple5<Integer, Long, Double, Float, float[]>> to) {
    for (int i = 0; i < states.rows(); i++) {
      double top = states.top()[i];
      if (ShardPosterior.adds(top, tops[first + i])) {
        to.add(of(first + i, shard, states.row(i)));
        tops[first + i] = Math.max(tops[first + i], top);
      }
    }
  }
}
