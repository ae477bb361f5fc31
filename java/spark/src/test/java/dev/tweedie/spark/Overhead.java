package dev.tweedie.spark;

import com.sun.management.OperatingSystemMXBean;
import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.MixtureParameters;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * What Spark adds to a kernel's time: {@code mixture 64 128 ROWS}, or {@code points 784 N ROWS}.
 * Both sides have two cores, the engine alone as two threads, Spark as two tasks; rows lie in
 * Spark's memory, 10,000 to a partition; results are thrown away.
 */
final class Overhead {
  private static final int PARTITION = 10_000;
  private static final int REPEATS = 12;

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** Microseconds of the quickest run: of the clock, and of all processors. */
  private record Time(double clock, double processors) {
    Time per(int rows) {
      return new Time(clock / rows, processors / rows);
    }

    double above(Time kernel) {
      return 100 * (clock / kernel.clock - 1);
    }
  }

  private Overhead() {}

  public static void main(String[] arguments) throws Exception {
    int dim = Integer.parseInt(arguments[1]);
    int components = Integer.parseInt(arguments[2]);
    int rows = Integer.parseInt(arguments[3]);
    Path folder = Files.createTempDirectory("overhead");
    Path file;
    Prior prior;
    if (arguments[0].equals("mixture")) {
      file = folder.resolve("prior.npz");
      new MixtureFile(MixtureParameters.of(Builtin.randomMixture(components, dim, 1))).write(file);
      prior = MixtureFile.read(file).parameters().toPrior();
    } else {
      file = folder.resolve("prior.npy");
      float[] points = dev.tweedie.spark.Rows.normal(components, dim, 1);
      DataFiles.writeRows(
          file,
          new dev.tweedie.io.Rows(
              MemorySegment.ofArray(points), dev.tweedie.Precision.FLOAT32, components, dim));
      prior = DataSet.of(points, dim);
    }
    Level level = Level.ofSigma(1);
    Time kernel;
    try (Engine engine = Engine.open("auto", 2)) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Samples x = engine.samples(Rows.normal(PARTITION, dim, 2), PARTITION);
      Samples out = engine.samples(PARTITION, dim);
      kernel =
          best(() -> {
                for (int i = 0; i < rows / PARTITION; i++) {
                  posterior.denoise(x, level, out);
                }
              })
              .per(rows);
    }
    SparkSession spark = Cluster.local();
    MapFunction<Long, Tuple2<Long, float[]>> make =
        id -> {
          Random random = new Random(id);
          float[] x = new float[dim];
          for (int j = 0; j < dim; j++) {
            x[j] = (float) random.nextGaussian();
          }
          return new Tuple2<>(id, x);
        };
    Dataset<Row> table =
        spark
            .range(0, rows, 1, rows / PARTITION)
            .as(Encoders.LONG())
            .map(make, Encoders.tuple(Encoders.LONG(), spark.implicits().newFloatArrayEncoder()))
            .toDF("id", "x")
            .persist(StorageLevel.MEMORY_ONLY());
    table.count();
    SparkPosterior posterior = SparkPosterior.of(spark, file.toString());
    Time read = best(() -> table.write().format("noop").mode("overwrite").save()).per(rows);
    Dataset<Row> done = posterior.denoise(table, level, "x", "out");
    Time all = best(() -> done.write().format("noop").mode("overwrite").save()).per(rows);
    System.out.printf(
        "%s: clock (processors), us a row: kernel %.2f (%.2f), read %.2f (%.2f), denoise on Spark"
            + " %.2f (%.2f): %.1f %% above the kernel%n",
        Arrays.toString(arguments),
        kernel.clock,
        kernel.processors,
        read.clock,
        read.processors,
        all.clock,
        all.processors,
        all.above(kernel));
    spark.stop();
  }

  /** The quickest of some runs, behind others. */
  private static Time best(Runnable work) {
    Time least = new Time(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    for (int i = 0; i < REPEATS; i++) {
      long processors = PROCESS.getProcessCpuTime();
      long start = System.nanoTime();
      work.run();
      double clock = (System.nanoTime() - start) / 1e3;
      double used = (PROCESS.getProcessCpuTime() - processors) / 1e3;
      least = new Time(Math.min(least.clock, clock), Math.min(least.processors, used));
    }
    return least;
  }
}
