package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Sums of a few numbers of each row, the same bits for any partitioning: rows add up in the order
 * of their numbers within runs of 8,192 numbers, runs in theirs. The driver sees the runs, one at a
 * time.
 */
final class OrderedSum {
  private static final long RUN = 8192;

  private OrderedSum() {}

  static Encoder<Tuple2<Long, double[]>> encoder(SparkSession spark) {
    return Encoders.tuple(Encoders.LONG(), spark.implicits().newDoubleArrayEncoder());
  }

  /**
   * Sums up.
   *
   * @param terms number of a row and its terms; a number may come again, where the order of equal
   *     ones does not matter
   * @param width terms of a row
   */
  static double[] of(Dataset<Tuple2<Long, double[]>> terms, int width) {
    MapPartitionsFunction<Tuple2<Long, double[]>, Tuple2<Long, double[]>> runs = OrderedSum::runs;
    Dataset<Tuple2<Long, double[]>> summed =
        terms
            // A run lies in one partition: it is what rows are ranged by.
            .repartitionByRange(col("_1").divide(RUN).cast("long"))
            .sortWithinPartitions(col("_1"))
            .mapPartitions(runs, encoder(terms.sparkSession()))
            .orderBy(col("_1"));
    double[] sum = new double[width];
    Iterator<Tuple2<Long, double[]>> parts = summed.toLocalIterator();
    while (parts.hasNext()) {
      add(parts.next()._2(), sum);
    }
    return sum;
  }

  private static Iterator<Tuple2<Long, double[]>> runs(Iterator<Tuple2<Long, double[]>> rows) {
    return new Iterator<>() {
      private @Nullable Tuple2<Long, double[]> pending = rows.hasNext() ? rows.next() : null;

      @Override
      public boolean hasNext() {
        return pending != null;
      }

      @Override
      public Tuple2<Long, double[]> next() {
        Tuple2<Long, double[]> row = pending;
        if (row == null) {
          throw new NoSuchElementException();
        }
        Long run = row._1() / RUN;
        double[] sum = new double[row._2().length];
        while (row != null && Objects.equals(row._1() / RUN, run)) {
          add(row._2(), sum);
          row = rows.hasNext() ? rows.next() : null;
        }
        pending = row;
        return new Tuple2<>(run, sum);
      }
    };
  }

  private static void add(double[] terms, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] += terms[j];
    }
  }
}
