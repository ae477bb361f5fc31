package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.MixtureParameters;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.ScheduleSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster's results are those of one engine in one process, however the rows are cut. */
class SparkPosteriorTest {
  private static final int DIM = 6;
  private static final int ROWS = 500;
  private static final Level LEVEL = Level.of(0.8, 0.6);
  private static final Level LOWER = Level.of(0.9, 0.3);

  @TempDir private static Path folder;

  private static SparkSession spark;
  private static SparkPosterior posterior;
  private static Engine engine;
  private static ExactPosterior here;
  private static float[] values;

  @BeforeAll
  static void start() throws IOException {
    spark = Cluster.local();
    Path file = folder.resolve("mixture.npz");
    GaussianMixture mixture = Builtin.randomMixture(9, DIM, 5);
    new MixtureFile(MixtureParameters.of(mixture)).write(file);
    posterior = SparkPosterior.of(spark, file.toString());
    engine = Engine.open();
    here = ExactPosterior.of(engine, MixtureFile.read(file).parameters().toPrior());
    values = Rows.normal(ROWS, DIM, 1);
  }

  @AfterAll
  static void stop() {
    engine.close();
    spark.stop();
    assertEquals(0, ExecutorEngine.count(), "engines are left behind the context");
  }

  /** Ways to cut and order the same rows. */
  private static final List<UnaryOperator<Dataset<Row>>> CUTS =
      List.of(
          rows -> rows.repartition(1),
          rows -> rows.repartition(7),
          rows -> rows.repartition(64),
          rows -> rows.repartition(5, col("name")).sortWithinPartitions(col("id").desc()),
          rows -> rows.repartition(3).sortWithinPartitions(rand(3)),
          rows -> rows.sort("id").coalesce(2));

  private static void assertAllCuts(float[] expected, UnaryOperator<Dataset<Row>> work) {
    Dataset<Row> rows = Rows.dataset(spark, values, DIM);
    for (int cut = 0; cut < CUTS.size(); cut++) {
      float[] found = Rows.collect(work.apply(CUTS.get(cut).apply(rows)), "out");
      assertArrayEquals(expected, found, "cut " + cut);
    }
  }

  @Test
  void denoisedRowsAreThoseOfOneEngine() {
    Samples mean = here.denoise(engine.samples(values, ROWS), LEVEL);
    assertAllCuts(mean.toFloats(), rows -> posterior.denoise(rows, LEVEL, "x", "out"));
  }

  @Test
  void everyOutputIsThatOfOneEngine() {
    Outputs outputs =
        here.evaluate(
            engine.samples(values, ROWS),
            LEVEL,
            Output.EVIDENCE,
            Output.MEAN,
            Output.SCORE,
            Output.TRACE,
            Output.DIAGONAL,
            Output.HESSIAN_DIAGONAL,
            Output.RESPONSIBILITIES);
    Map<Output, String> names = new EnumMap<>(Output.class);
    for (Output output : Output.values()) {
      names.put(output, output.name());
    }
    Dataset<Row> rows = Rows.dataset(spark, values, DIM).repartition(7);
    Dataset<Row> found = posterior.evaluate(rows, LEVEL, "id", "x", names).cache();
    for (Output output : Output.values()) {
      assertArrayEquals(
          outputs.get(output).orElseThrow().toFloats(),
          Rows.collect(found, output.name()),
          output.name());
    }
    assertEquals(List.of("id", "name", "x"), List.of(found.columns()).subList(0, 3));
    assertEquals("row 17", found.where("id = 17").first().getString(1));
    assertArrayEquals(values, Rows.collect(found, "x"));
  }

  @Test
  void drawsHaveTheNoiseOfTheirRowsNumber() {
    Samples drawn = engine.samples(ROWS, DIM);
    NoiseAddress at = NoiseAddress.of(11, Streams.STEP, 4);
    here.draw(engine.samples(values, ROWS), LEVEL, LOWER, at, drawn);
    assertAllCuts(
        drawn.toFloats(), rows -> posterior.draw(rows, LEVEL, LOWER, at, "id", "x", "out"));
  }

  @Test
  void drawsOfScatteredAndRepeatedNumbers() {
    NoiseAddress at = NoiseAddress.of(11, Streams.STEP, 4);
    long[] ids = {4294967295L, 7, 7, 70, 8, 3_000_000_000L};
    List<Row> some = new java.util.ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      Row row = Rows.dataset(spark, values, DIM).where("id = " + i).first();
      some.add(org.apache.spark.sql.RowFactory.create(ids[i], "at " + i, row.get(2)));
    }
    Dataset<Row> rows = spark.createDataFrame(some, Rows.SCHEMA).coalesce(1);
    List<Row> found =
        posterior.draw(rows, LEVEL, LOWER, at, "id", "x", "out").select("out").collectAsList();
    for (int i = 0; i < ids.length; i++) {
      Samples alone = engine.samples(1, DIM);
      Samples x = engine.samples(values, ROWS).slice(i, 1);
      here.draw(x, LEVEL, LOWER, at.skipRows(ids[i]), alone);
      for (int j = 0; j < DIM; j++) {
        assertEquals(alone.toFloats()[j], (float) found.get(i).getSeq(0).apply(j), "row " + i);
      }
    }
  }

  @Test
  void samplesAreThoseOfOneChain() {
    for (String sampler : List.of("ddpm", "heun", "mixture")) {
      Chain chain = new Chain(here, ScheduleSpec.parse("vp-cosine:20"), 3, 300);
      chain.startMean(here.prior().mean());
      float[] expected = chain.sample(Samplers.parse(sampler), 0, 300).toFloats();
      for (int partitions : new int[] {1, 7, 64}) {
        Dataset<Row> rows = posterior.sample(300, sampler, "vp-cosine:20", 0, 3, partitions);
        assertArrayEquals(expected, Rows.collect(rows, "x"), sampler + " " + partitions);
      }
    }
  }

  @Test
  void rowsMayBeDoublesOrVectors() {
    float[] expected = here.denoise(engine.samples(values, ROWS), LEVEL).toFloats();
    Dataset<Row> rows = Rows.dataset(spark, values, DIM);
    Dataset<Row> doubles =
        rows.withColumn("x", col("x").cast(new ArrayType(DataTypes.DoubleType, true)));
    Dataset<Row> vectors =
        rows.withColumn("x", org.apache.spark.ml.functions.array_to_vector(col("x")));
    for (Dataset<Row> kind : List.of(doubles, vectors)) {
      Dataset<Row> found = posterior.denoise(kind.repartition(3), LEVEL, "x", "out");
      assertEquals(
          kind.schema().apply("x").dataType().asNullable(),
          found.schema().apply("out").dataType().asNullable());
      assertArrayEquals(expected, Rows.collect(found, "out"));
      Map<Output, String> names = Map.of(Output.SCORE, "score", Output.EVIDENCE, "out");
      float[] evidence = here.logEvidence(engine.samples(values, ROWS), LEVEL).toFloats();
      assertArrayEquals(evidence, Rows.collect(posterior.evaluate(kind, LEVEL, "x", names), "out"));
    }
  }
}
