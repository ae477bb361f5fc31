package dev.tweedie.spark;

import dev.tweedie.backend.PartialState;
import java.util.List;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import scala.Tuple5;

/**
 * What one shard has for one query, as it travels: query, shard, top, sum, numbers. The numbers are
 * weighted sums, of a draw the point that is chosen, of a second pass a part of the covariance's
 * diagonal, of which top and sum are not used.
 */
final class StateRow {
  /** The shard of a row that says nothing: each query has one, so that none is lost. */
  static final long NONE = -1;

  private StateRow() {}

  static Encoder<Tuple5<Integer, Long, Double, Float, float[]>> encoder(SparkSession spark) {
    return Encoders.tuple(
        Encoders.INT(),
        Encoders.LONG(),
        Encoders.DOUBLE(),
        Encoders.FLOAT(),
        spark.implicits().newFloatArrayEncoder());
  }

  static Tuple5<Integer, Long, Double, Float, float[]> nothing(int query) {
    return new Tuple5<>(query, NONE, Double.NEGATIVE_INFINITY, 0f, new float[0]);
  }

  static Tuple5<Integer, Long, Double, Float, float[]> of(
      int query, long shard, PartialState state, int row, float[] numbers) {
    return new Tuple5<>(query, shard, state.top()[row], state.sum()[row], numbers);
  }

  /** The whole of one query, as {@link StateMerge} makes it: query, top, sum, numbers, diagonal. */
  static Encoder<Tuple5<Integer, Double, Float, float[], float[]>> wholeEncoder(
      SparkSession spark) {
    return Encoders.tuple(
        Encoders.INT(),
        Encoders.DOUBLE(),
        Encoders.FLOAT(),
        spark.implicits().newFloatArrayEncoder(),
        spark.implicits().newFloatArrayEncoder());
  }

  /** Wholes of some queries side by side. */
  static PartialState states(List<Tuple5<Integer, Double, Float, float[], float[]>> wholes) {
    int width = wholes.isEmpty() ? 0 : wholes.getFirst()._4().length;
    PartialState states = PartialState.empty(wholes.size(), width);
    for (int i = 0; i < states.rows(); i++) {
      Tuple5<Integer, Double, Float, float[], float[]> whole = wholes.get(i);
      states.top()[i] = whole._2();
      states.sum()[i] = whole._3();
      System.arraycopy(whole._4(), 0, states.acc(), i * width, width);
    }
    return states;
  }
}
