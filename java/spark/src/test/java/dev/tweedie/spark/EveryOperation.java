package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.reverse;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Kind;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.ScheduleSpec;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Every operation once, in one engine, and then by Spark under whatever a test does to its tasks.
 */
final class EveryOperation {
  private static final int ROWS = 2000;
  private static final int SAMPLES = 500;
  private static final int POINTS = 2 * Kind.SHARD + 100;
  private static final Level LEVEL = Level.of(0.8, 0.6);
  private static final NoiseAddress AT = NoiseAddress.of(5, Streams.STEP, 2);
  private static final FitOptions FIT =
      FitOptions.of(3, Kind.DIAGONAL).withTolerance(0).withIterations(2);

  private final float[] values = Rows.normal(ROWS, 2, 2);
  private final float[] pointValues = Rows.normal(POINTS, 2, 6);
  private final float[] means;
  private final float[] scores;
  private final float[] draws;
  private final float[] samples;
  private final float[] meansOfPoints;
  private final float[] tracesOfPoints;
  private final float[] drawsOfPoints;
  private final double[] centres;

  EveryOperation() {
    try (Engine engine = Engine.open()) {
      ExactPosterior here = ExactPosterior.of(engine, Builtin.parse("rings"));
      Samples x = engine.samples(values, ROWS);
      Outputs outputs = here.evaluate(x, LEVEL, Output.MEAN, Output.SCORE);
      means = outputs.get(Output.MEAN).orElseThrow().toFloats();
      scores = outputs.get(Output.SCORE).orElseThrow().toFloats();
      Samples drawn = engine.samples(ROWS, 2);
      here.draw(x, LEVEL, Level.CLEAN, AT, drawn);
      draws = drawn.toFloats();
      Chain chain = new Chain(here, ScheduleSpec.parse("vp-cosine:10"), 3, SAMPLES);
      chain.startMean(here.prior().mean());
      samples = chain.sample(Samplers.parse("ddpm"), 0, SAMPLES).toFloats();
      ExactPosterior points = ExactPosterior.of(engine, DataSet.of(pointValues, 2));
      meansOfPoints = points.denoise(x, LEVEL).toFloats();
      tracesOfPoints =
          points.evaluate(x, LEVEL, Output.TRACE).get(Output.TRACE).orElseThrow().toFloats();
      points.draw(x, LEVEL, Level.CLEAN, AT, drawn);
      drawsOfPoints = drawn.toFloats();
      centres =
          MixtureFitter.fit(engine, engine.samples(pointValues, POINTS), FIT).parameters().means();
    }
  }

  /**
   * Requires the bits of one engine.
   *
   * @param disturbed rows of four partitions, as they reach the operation
   */
  void require(SparkSession spark, UnaryOperator<Dataset<Row>> disturbed) {
    Dataset<Row> rows = Rows.dataset(spark, values, 2);
    Dataset<Row> table = Rows.dataset(spark, pointValues, 2).select("id", "x");
    SparkPosterior posterior = SparkPosterior.of(spark, "builtin:rings");
    check(means, posterior.denoise(disturbed.apply(rows), LEVEL, "x", "out"));
    check(
        scores,
        posterior.evaluate(disturbed.apply(rows), LEVEL, "id", "x", Map.of(Output.SCORE, "out")));
    check(draws, posterior.draw(disturbed.apply(rows), LEVEL, Level.CLEAN, AT, "id", "x", "out"));
    check(
        samples,
        disturbed.apply(
            posterior.sample(SAMPLES, "ddpm", "vp-cosine:10", 0, 3, 7).toDF("id", "out")));
    try (SparkDataSet points = SparkDataSet.of(disturbed.apply(table), "id", "x")) {
      check(meansOfPoints, points.denoise(disturbed.apply(rows), LEVEL, "id", "x", "out"));
      check(
          tracesOfPoints,
          points.evaluate(disturbed.apply(rows), LEVEL, "id", "x", Map.of(Output.TRACE, "out")));
      check(
          drawsOfPoints,
          points.draw(disturbed.apply(rows), LEVEL, Level.CLEAN, AT, "id", "x", "out"));
    }
    assertArrayEquals(
        centres,
        SparkMixtureFitter.fit(disturbed.apply(table), "id", "x", FIT).parameters().means());
    SparkMetrics.Moments calm = SparkMetrics.moments(rows, "id", "x");
    SparkMetrics.Moments found = SparkMetrics.moments(disturbed.apply(rows), "id", "x");
    assertArrayEquals(calm.mean(), found.mean());
    assertArrayEquals(calm.variance(), found.variance());
    assertEquals(ROWS, found.rows());
    assertEquals(
        SparkMetrics.slicedWasserstein(rows, "x", turned(rows), "y", 2, 3),
        SparkMetrics.slicedWasserstein(
            disturbed.apply(rows), "x", turned(disturbed.apply(rows)), "y", 2, 3));
    assertEquals(
        SparkMetrics.distortion(turned(rows), "id", "y", "x"),
        SparkMetrics.distortion(turned(disturbed.apply(rows)), "id", "y", "x"));
  }

  private static Dataset<Row> turned(Dataset<Row> rows) {
    return rows.withColumn("y", reverse(col("x")));
  }

  private static void check(float[] expected, Dataset<Row> found) {
    assertArrayEquals(expected, Rows.collect(found, "out"));
  }
}
