package dev.tweedie.examples.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import dev.tweedie.schedule.Level;
import dev.tweedie.spark.SparkPosterior;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Rows of a mixture, sampled, made noisy and denoised by Spark on all cores of this machine. */
public final class DenoiseOnSpark {
  private DenoiseOnSpark() {}

  public static void main(String[] arguments) {
    SparkSession spark = SparkSession.builder().master("local[*]").appName("denoise").getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    SparkPosterior posterior = SparkPosterior.of(spark, "builtin:rings");
    Dataset<Row> clean = posterior.sample(20_000, "mixture", "vp-cosine:20", 0, 1, 8);
    Dataset<Row> noisy =
        clean
            .withColumn("first", expr("float(x[0] + 0.3 * randn(2))"))
            .withColumn("second", expr("float(x[1] + 0.3 * randn(3))"))
            .select(col("id"), col("x"), expr("array(first, second)").as("noisy"));
    Dataset<Row> denoised = posterior.denoise(noisy, Level.ofSigma(0.3), "id", "noisy", "denoised");
    denoised.orderBy(col("id")).show(5, false);
    spark.stop();
  }
}
