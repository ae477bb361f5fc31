package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;

import dev.tweedie.InvalidInputException;
import dev.tweedie.metric.Wasserstein;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.Tuple3;

/**
 * How far columns of rows are from one another, without a row on the driver; the same bits for any
 * partitioning.
 */
public final class SparkMetrics {
  private SparkMetrics() {}

  /**
   * Distortion of estimates, as {@link dev.tweedie.metric.Distortion} defines it.
   *
   * @param rows N
   * @param mse mean squared error of an element; NaN of no rows
   * @param psnr of a peak of 1 in dB, averaged over the rows that are not exact
   * @param exactRows rows that the estimate meets exactly
   * @param nmse squared error over the squared norm of the clean rows
   */
  public record RowDistortion(long rows, double mse, double psnr, long exactRows, double nmse) {
    /** As {@link #psnr()}, of the mean squared error of all rows together. */
    public double pooledPsnr() {
      return -10 * Math.log10(mse);
    }
  }

  /**
   * First and second moments of each element.
   *
   * @param rows N
   * @param mean d numbers; NaN of no rows
   * @param variance d numbers, over N
   */
  public record Moments(long rows, double[] mean, double[] variance) {}

  /**
   * Compares two columns of a data set.
   *
   * @param id column of the rows' numbers, LONG or INT, from 0 on
   */
  public static RowDistortion distortion(
      Dataset<?> rows, String id, String estimate, String clean) {
    RowKind kind = kind(rows, id, estimate);
    RowKind kindOfClean = kind(rows, id, clean);
    SparkSession spark = rows.sparkSession();
    Place place = new Place(estimate, id);
    Place placeOfClean = new Place(clean, id);
    Column number = RowPlan.column(id).cast(DataTypes.LongType);
    MapFunction<Tuple3<Long, Object, Object>, Tuple2<Long, double[]>> terms =
        row -> {
          long at = place.requireId(row._1());
          double[] found = numbers(row._2(), place, at, -1);
          double[] truth = numbers(row._3(), placeOfClean, at, found.length);
          double error = 0;
          double norm = 0;
          for (int j = 0; j < truth.length; j++) {
            error += (found[j] - truth[j]) * (found[j] - truth[j]);
            norm += truth[j] * truth[j];
          }
          boolean exact = error == 0;
          double decibels = exact ? 0 : -10 * Math.log10(error / truth.length);
          return new Tuple2<>(
              at, new double[] {1, truth.length, error, norm, exact ? 1 : 0, decibels});
        };
    double[] sum =
        OrderedSum.of(
            rows.select(
                    number.as("id"),
                    kind.read(spark, RowPlan.column(estimate), estimate, number).as("x"),
                    kindOfClean.read(spark, RowPlan.column(clean), clean, number).as("y"))
                .as(
                    Encoders.tuple(
                        Encoders.LONG(), kind.encoder(spark), kindOfClean.encoder(spark)))
                .map(terms, OrderedSum.encoder(spark)),
            6);
    boolean allExact = sum[0] > 0 && sum[0] == sum[4];
    double psnr = allExact ? Double.POSITIVE_INFINITY : sum[5] / (sum[0] - sum[4]);
    return new RowDistortion((long) sum[0], sum[2] / sum[1], psnr, (long) sum[4], sum[2] / sum[3]);
  }

  /**
   * Mean and variance of a column, the variance about the mean in a second pass.
   *
   * @param id column of the rows' numbers, LONG or INT, from 0 on
   */
  public static Moments moments(Dataset<?> rows, String id, String in) {
    kind(rows, id, in);
    Dataset<Tuple2<Long, Object>> picked = picked(rows, id, in);
    Place place = new Place(in, id);
    List<Tuple2<Long, Object>> first = picked.takeAsList(1);
    if (first.isEmpty()) {
      return new Moments(0, new double[0], new double[0]);
    }
    Long number = first.getFirst()._1();
    int dim = numbers(first.getFirst()._2(), place, number, -1).length;
    SparkSession spark = rows.sparkSession();
    MapFunction<Tuple2<Long, Object>, Tuple2<Long, double[]>> counted =
        row -> {
          long at = place.requireId(row._1());
          double[] x = numbers(row._2(), place, at, dim);
          double[] terms = java.util.Arrays.copyOf(x, dim + 1);
          terms[dim] = 1;
          return new Tuple2<>(at, terms);
        };
    double[] mean = OrderedSum.of(picked.map(counted, OrderedSum.encoder(spark)), dim + 1);
    double count = mean[dim];
    for (int j = 0; j < dim; j++) {
      mean[j] /= count;
    }
    MapFunction<Tuple2<Long, Object>, Tuple2<Long, double[]>> squares =
        row -> {
          double[] x = numbers(row._2(), place, row._1(), dim);
          for (int j = 0; j < dim; j++) {
            x[j] = (x[j] - mean[j]) * (x[j] - mean[j]);
          }
          return new Tuple2<>(row._1(), x);
        };
    double[] variance = OrderedSum.of(picked.map(squares, OrderedSum.encoder(spark)), dim);
    for (int j = 0; j < dim; j++) {
      variance[j] /= count;
    }
    return new Moments((long) count, java.util.Arrays.copyOf(mean, dim), variance);
  }

  /**
   * Sliced Wasserstein-2 distance of two columns with as many rows each: {@link
   * Wasserstein#sliced}, along its directions. One number a row and direction is sorted, by Spark.
   *
   * @param projections directions, at least 1
   * @throws InvalidInputException where the numbers of rows differ
   */
  public static double slicedWasserstein(
      Dataset<?> a, String x, Dataset<?> b, String y, int projections, long seed) {
    if (projections < 1) {
      throw new InvalidInputException(
          "projections: found " + projections + ", allowed: at least 1");
    }
    Dataset<Tuple2<Long, Object>> first = picked(a, null, x);
    Dataset<Tuple2<Long, Object>> second = picked(b, null, y);
    long count = first.count();
    long other = second.count();
    if (count != other || count == 0) {
      throw new InvalidInputException(
          "rows: found %d and %d, allowed: as many each, at least one".formatted(count, other));
    }
    Place place = new Place(x, null);
    int dim = numbers(first.takeAsList(1).getFirst()._2(), place, 0L, -1).length;
    SparkSession spark = a.sparkSession();
    double sum = 0;
    for (double[] direction : Wasserstein.directions(dim, projections, seed)) {
      Dataset<Tuple2<Long, Double>> gaps =
          ranked(first, place, direction)
              .toDF("rank", "a")
              .join(ranked(second, new Place(y, null), direction).toDF("rank", "b"), "rank")
              .select(col("rank"), col("a").minus(col("b")))
              .as(Encoders.tuple(Encoders.LONG(), Encoders.DOUBLE()));
      MapFunction<Tuple2<Long, Double>, Tuple2<Long, double[]>> square =
          gap -> new Tuple2<>(gap._1(), new double[] {gap._2() * gap._2()});
      sum += OrderedSum.of(gaps.map(square, OrderedSum.encoder(spark)), 1)[0] / count;
    }
    return Math.sqrt(sum / projections);
  }

  /** The projected rows in their order, each with its rank. Equal ones are equal in any order. */
  private static Dataset<Tuple2<Long, Double>> ranked(
      Dataset<Tuple2<Long, Object>> rows, Place place, double[] direction) {
    SparkSession spark = rows.sparkSession();
    MapFunction<Tuple2<Long, Object>, Double> project =
        row -> {
          double[] x = numbers(row._2(), place, null, direction.length);
          double product = 0;
          for (int j = 0; j < x.length; j++) {
            product += x[j] * direction[j];
          }
          return product;
        };
    return spark.createDataset(
        rows.map(project, Encoders.DOUBLE())
            .orderBy(col("value"))
            .javaRDD()
            .zipWithIndex()
            .map(pair -> new Tuple2<>(pair._2(), pair._1()))
            .rdd(),
        Encoders.tuple(Encoders.LONG(), Encoders.DOUBLE()));
  }

  private static RowKind kind(Dataset<?> rows, String id, String in) {
    RowPlan.requireWhole(RowPlan.field(rows.schema(), id));
    return RowKind.of(in, RowPlan.field(rows.schema(), in).dataType());
  }

  private static Dataset<Tuple2<Long, Object>> picked(
      Dataset<?> rows, @Nullable String id, String in) {
    RowKind kind = RowKind.of(in, RowPlan.field(rows.schema(), in).dataType());
    SparkSession spark = rows.sparkSession();
    Column number =
        (id == null ? org.apache.spark.sql.functions.lit(null) : RowPlan.column(id))
            .cast(DataTypes.LongType);
    return rows.select(number.as("id"), kind.read(spark, RowPlan.column(in), in, number).as("x"))
        .as(Encoders.tuple(Encoders.LONG(), kind.encoder(spark)));
  }

  /**
   * A row in float64, finite.
   *
   * @param dim that it must have, or -1
   */
  private static double[] numbers(@Nullable Object row, Place place, @Nullable Long id, int dim) {
    Numbers numbers =
        place.require(row, id, 0, dim >= 0 || row == null ? dim : Numbers.of(row).length());
    double[] out = new double[numbers.length()];
    for (int j = 0; j < out.length; j++) {
      out[j] = numbers.at(j);
      if (!Double.isFinite(out[j])) {
        throw place.notFinite(numbers, id, 0);
      }
    }
    return out;
  }
}
