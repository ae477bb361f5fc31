package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.schedule.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stages of a pipeline do what {@link SparkPosterior} does, saved or streamed too. */
class TransformersTest {
  private static final String PRIOR = "builtin:rings";
  private static final Level LEVEL = Level.of(0.8, 0.6);
  private static final DenoiseTransformer DENOISE =
      new DenoiseTransformer()
          .setPrior(PRIOR)
          .setAlpha(0.8)
          .setSigma(0.6)
          .setInputCol("x")
          .setOutputCol("mean");
  private static final EvaluateTransformer EVALUATE =
      new EvaluateTransformer()
          .setPrior(PRIOR)
          .setAlpha(0.8)
          .setSigma(0.6)
          .setInputCol("x")
          .setIdCol("id")
          .setEvidenceCol("evidence")
          .setScoreCol("score");
  private static final DrawTransformer DRAW =
      new DrawTransformer()
          .setPrior(PRIOR)
          .setAlpha(0.8)
          .setSigma(0.6)
          .setSeed(7)
          .setInputCol("x")
          .setIdCol("id")
          .setOutputCol("drawn");

  private static SparkSession spark;
  private static Dataset<Row> rows;
  private static float[] means;
  private static float[] scores;
  private static float[] draws;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = Cluster.local();
    rows = Rows.dataset(spark, Rows.normal(100, 2, 3), 2).repartition(3).cache();
    SparkPosterior posterior = SparkPosterior.of(spark, PRIOR);
    means = Rows.collect(posterior.denoise(rows, LEVEL, "x", "out"), "out");
    scores = Rows.collect(posterior.evaluate(rows, LEVEL, "x", Map.of(Output.SCORE, "out")), "out");
    NoiseAddress at = NoiseAddress.of(7, Streams.STEP, 0);
    draws = Rows.collect(posterior.draw(rows, LEVEL, Level.CLEAN, at, "id", "x", "out"), "out");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static void assertAll(Dataset<Row> found) {
    assertEquals(
        List.of("id", "name", "x", "mean", "evidence", "score", "drawn"), List.of(found.columns()));
    Dataset<Row> kept = found.cache();
    assertArrayEquals(means, Rows.collect(kept, "mean"));
    assertArrayEquals(scores, Rows.collect(kept, "score"));
    assertArrayEquals(draws, Rows.collect(kept, "drawn"));
    kept.unpersist();
  }

  private static Pipeline pipeline() {
    return new Pipeline().setStages(new PipelineStage[] {DENOISE, EVALUATE, DRAW});
  }

  @Test
  void aPipelineAndOneThatWasSaved() throws Exception {
    PipelineModel model = pipeline().fit(rows);
    assertAll(model.transform(rows));
    assertEquals(
        model.transformSchema(rows.schema()).asNullable(),
        model.transform(rows).schema().asNullable());
    String path = folder.resolve("model").toString();
    model.save(path);
    assertAll(PipelineModel.load(path).transform(rows));
  }

  @Test
  void aStageThatWasSavedOrCopied() throws Exception {
    String path = folder.resolve("stage").toString();
    DRAW.save(path);
    DrawTransformer loaded = DrawTransformer.load(path);
    assertEquals(DRAW.uid(), loaded.uid());
    assertArrayEquals(draws, Rows.collect(loaded.transform(rows), "drawn"));
    ParamMap other = new ParamMap().put(DENOISE.outputCol(), "other");
    assertArrayEquals(means, Rows.collect(DENOISE.copy(other).transform(rows), "other"));
    assertEquals("mean", DENOISE.getOrDefault(DENOISE.outputCol()));
    assertTrue(DENOISE.explainParams().contains("sigma: standard deviation"));
  }

  @Test
  void whatIsNotSetIsNamed() {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> new DenoiseTransformer("bare").setInputCol("x").transform(rows));
    assertEquals(
        "bare: found no prior, allowed: file of the driver, or builtin:NAME", e.getMessage());
  }

  @Test
  void rowsThatComeInMicroBatches() throws Exception {
    Path in = folder.resolve("in");
    for (int part = 0; part < 4; part++) {
      rows.where("id % 4 = " + part).coalesce(1).write().mode("append").parquet(in.toString());
    }
    Dataset<Row> stream =
        spark
            .readStream()
            .schema(rows.schema())
            .option("maxFilesPerTrigger", 1)
            .parquet(in.toString());
    Path out = folder.resolve("out");
    StreamingQuery query =
        pipeline()
            .fit(rows)
            .transform(stream)
            .writeStream()
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .format("parquet")
            .outputMode("append")
            .trigger(org.apache.spark.sql.streaming.Trigger.AvailableNow())
            .start(out.toString());
    assertTrue(query.awaitTermination(TimeUnit.MINUTES.toMillis(5)));
    assertTrue(query.recentProgress().length >= 4, "one batch for each file");
    assertAll(spark.read().parquet(out.toString()));
  }
}
