package dev.tweedie.spark;

import dev.tweedie.Output;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * What moves, for the model of docs/spark.md: {@code EXECUTORS POINTS QUERIES DIM}. Prints bytes
 * through shuffles, processor time of tasks and the longest one, for each operation.
 */
final class Scale {
  private Scale() {}

  /** Sums over the tasks of an operation. */
  private static final class Sums extends SparkListener {
    private final List<Long> times = new ArrayList<>();
    private long bytes;
    private long records;
    private long returned;

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
      TaskMetrics metrics = end.taskMetrics();
      bytes += metrics.shuffleWriteMetrics().bytesWritten();
      records += metrics.shuffleWriteMetrics().recordsWritten();
      returned += metrics.resultSize();
      times.add(metrics.executorCpuTime());
    }

    synchronized void print(String name) {
      double all = times.stream().mapToDouble(t -> t / 1e9).sum();
      System.out.printf(
          "%s: %,d bytes and %,d records through shuffles, %,d bytes to the driver, %d tasks, %.2f"
              + " s of processors, the longest task %.2f s%n",
          name, bytes, records, returned, times.size(), all, Collections.max(times) / 1e9);
      bytes = 0;
      records = 0;
      returned = 0;
      times.clear();
    }
  }

  public static void main(String[] arguments) throws Exception {
    int executors = Integer.parseInt(arguments[0]);
    int size = Integer.parseInt(arguments[1]);
    int count = Integer.parseInt(arguments[2]);
    int dim = Integer.parseInt(arguments[3]);
    SparkSession spark =
        Cluster.executors(
            executors,
            Map.of(
                "spark.shuffle.compress", "false",
                "spark.sql.adaptive.coalescePartitions.enabled", "false",
                "spark.sql.shuffle.partitions", "8"));
    spark.sparkContext().setLogLevel("OFF");
    MapFunction<Long, Tuple2<Long, float[]>> make =
        id -> {
          Random random = new Random(id);
          float[] x = new float[dim];
          for (int j = 0; j < dim; j++) {
            x[j] = (float) random.nextGaussian();
          }
          return new Tuple2<>(id, x);
        };
    Dataset<Row> table = table(spark, size, make);
    Dataset<Row> queries = table(spark, count, make);
    Sums sums = new Sums();
    spark.sparkContext().addSparkListener(sums);
    try (SparkDataSet points = SparkDataSet.of(table, "id", "x")) {
      settled(spark, sums, executors + " executors, points packed and summed");
      for (double sigma : new double[] {0.1, 10}) {
        points
            .evaluate(queries, Level.ofSigma(sigma), "id", "x", Map.of(Output.MEAN, "out"))
            .write()
            .format("noop")
            .mode("overwrite")
            .save();
        settled(spark, sums, executors + " executors, means at sigma " + sigma);
      }
    }
    SparkMixtureFitter.fit(
        table, "id", "x", FitOptions.of(8, Kind.FULL).withTolerance(0).withIterations(5));
    settled(spark, sums, executors + " executors, a fit of 8 full covariances, 5 iterations");
    SparkPosterior.of(spark, "builtin:rings")
        .sample(size, "ddpm", "vp-cosine:20", 0, 1, 2 * executors)
        .write()
        .format("noop")
        .mode("overwrite")
        .save();
    settled(spark, sums, executors + " executors, samples");
    spark.stop();
  }

  private static void settled(SparkSession spark, Sums sums, String name) throws Exception {
    spark.sparkContext().listenerBus().waitUntilEmpty();
    sums.print(name);
  }

  private static Dataset<Row> table(
      SparkSession spark, int count, MapFunction<Long, Tuple2<Long, float[]>> make) {
    return spark
        .range(0, count, 1, 8)
        .as(Encoders.LONG())
        .map(make, Encoders.tuple(Encoders.LONG(), spark.implicits().newFloatArrayEncoder()))
        .toDF("id", "x");
  }
}
