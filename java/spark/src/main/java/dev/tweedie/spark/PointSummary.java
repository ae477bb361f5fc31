package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;

import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import java.util.Objects;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.Tuple3;

/** The two passes that make the summary of points in shards: their mean, their norms about it. */
final class PointSummary {
  private PointSummary() {}

  static DataSetSummary of(PackedRows packed) {
    Dataset<Tuple3<Long, float[], double[]>> shards = packed.pieces();
    int dim = packed.dim();
    double[] mean = new double[dim];
    MapFunction<Tuple3<Long, float[], double[]>, Tuple2<Long, double[]>> sum =
        shard -> new Tuple2<>(shard._1(), DataSetSummary.sum(DataSet.of(shard._2(), dim)));
    for (Tuple2<Long, double[]> part : inOrder(shards, sum)) {
      for (int j = 0; j < dim; j++) {
        mean[j] += part._2()[j];
      }
    }
    for (int j = 0; j < dim; j++) {
      mean[j] /= packed.size();
    }
    MapFunction<Tuple3<Long, float[], double[]>, Tuple2<Long, double[]>> squares =
        shard -> {
          DataSetSummary.Squares of = DataSetSummary.squares(DataSet.of(shard._2(), dim), mean);
          return new Tuple2<>(shard._1(), new double[] {of.least(), of.largest(), of.first()});
        };
    DataSetSummary.@Nullable Squares all = null;
    for (Tuple2<Long, double[]> part : inOrder(shards, squares)) {
      double[] of = part._2();
      DataSetSummary.Squares own = new DataSetSummary.Squares(of[0], of[1], of[2]);
      all = all == null ? own : all.with(own);
    }
    return new DataSetSummary(packed.size(), mean, Objects.requireNonNull(all, "a shard"));
  }

  /** One at a time on the driver, in the order of the shards. */
  private static Iterable<Tuple2<Long, double[]>> inOrder(
      Dataset<Tuple3<Long, float[], double[]>> shards,
      MapFunction<Tuple3<Long, float[], double[]>, Tuple2<Long, double[]>> each) {
    SparkSession spark = shards.sparkSession();
    Dataset<Tuple2<Long, double[]>> parts =
        shards.map(
            each, Encoders.tuple(Encoders.LONG(), spark.implicits().newDoubleArrayEncoder()));
    return () -> parts.orderBy(col("_1")).toLocalIterator();
  }
}
