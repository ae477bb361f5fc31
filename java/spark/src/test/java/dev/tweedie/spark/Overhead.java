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
 * Both sides have two cores; rows lie in Spark's memory, 10,000 to a partition; results are thrown
 * away.
 */
final class Overhead {
  private static final int PARTITION = 10_000;
  private static final int REPEATS = 7;

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

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
    double kernel;
    try (Engine engine = Engine.open("auto", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Samples x = engine.samples(Rows.normal(PARTITION, dim, 2), PARTITION);
      Samples out = engine.samples(PARTITION, dim);
      kernel =
          best(
                  () -> {
                    for (int i = 0; i < rows / PARTITION; i++) {
                      posterior.denoise(x, level, out);
                    }
                  })
              / rows;
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
    double read = best(() -> table.write().format("noop").mode("overwrite").save()) / rows;
    Dataset<Row> done = posterior.denoise(table, level, "x", "out");
    double all = best(() -> done.write().format("noop").mode("overwrite").save()) / rows;
    System.out.printf(
        "%s: kernel %.3f us a row, read %.3f, denoise on Spark %.3f: %.0f %% above the kernel, %.0f"
            + " %% of it reading%n",
        Arrays.toString(arguments),
        kernel,
        read,
        all,
        100 * (all / kernel - 1),
        100 * read / kernel);
    spark.stop();
  }

  /** Microseconds of the quickest of some runs, behind others. */
  private static double best(Runnable work) {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < REPEATS; i++) {
      long start = PROCESS.getProcessCpuTime();
      work.run();
      least = Math.min(least, (PROCESS.getProcessCpuTime() - start) / 1e3);
    }
    return least;
  }
}
