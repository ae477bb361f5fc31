package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Points that lie in pieces give the bits of one engine that holds them all. */
class SparkDataSetTest {
  private static final int DIM = 3;
  private static final int POINTS = 5 * Kind.SHARD + 777;
  private static final int QUERIES = 40;

  private static SparkSession spark;
  private static float[] points;
  private static float[] queries;
  private static Dataset<Row> table;
  private static Dataset<Row> asked;

  @BeforeAll
  static void start() {
    spark = Cluster.local();
    points = Rows.normal(POINTS, DIM, 1);
    queries = Rows.normal(QUERIES, DIM, 2);
    table = Rows.dataset(spark, points, DIM).select("id", "x").repartition(9).cache();
    asked = Rows.dataset(spark, queries, DIM).repartition(3).cache();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void anyPartitioningOfThePoints() {
    List<Level> levels = List.of(Level.ofSigma(0.01), Level.of(0.8, 0.6));
    try (Engine engine = Engine.open();
        ExactPosterior whole = ExactPosterior.of(engine, DataSet.of(points, DIM))) {
      for (int parts : new int[] {1, 7, 64}) {
        Dataset<Row> shuffled = table.repartition(parts, col("x"));
        try (SparkDataSet held = SparkDataSet.of(shuffled, "id", "x")) {
          assertEquals(POINTS, held.size());
          for (Level level : levels) {
            Samples x = engine.samples(queries, QUERIES);
            Outputs expected = whole.evaluate(x, level, Output.EVIDENCE, Output.MEAN, Output.SCORE);
            Dataset<Row> found =
                held.evaluate(
                        asked,
                        level,
                        "id",
                        "x",
                        Map.of(
                            Output.EVIDENCE, "evidence",
                            Output.MEAN, "mean",
                            Output.SCORE, "score"))
                    .cache();
            assertArrayEquals(
                expected.get(Output.EVIDENCE).orElseThrow().toFloats(),
                Rows.collect(found, "evidence"));
            assertArrayEquals(
                expected.get(Output.MEAN).orElseThrow().toFloats(), Rows.collect(found, "mean"));
            assertArrayEquals(
                expected.get(Output.SCORE).orElseThrow().toFloats(), Rows.collect(found, "score"));
            assertEquals("row 3", found.where("id = 3").first().getString(1));
            found.unpersist();
          }
        }
      }
    }
  }

  @Test
  void tracesDiagonalsAndWeights() {
    try (Engine engine = Engine.open();
        ExactPosterior whole = ExactPosterior.of(engine, DataSet.of(points, DIM));
        SparkDataSet held = SparkDataSet.of(table.repartition(7, col("x")), "id", "x")) {
      Samples x = engine.samples(queries, QUERIES);
      for (Level level : List.of(Level.ofSigma(0.01), Level.of(0.8, 0.6))) {
        Outputs expected =
            whole.evaluate(
                x, level, Output.MEAN, Output.TRACE, Output.DIAGONAL, Output.RESPONSIBILITIES);
        Map<Output, String> names =
            Map.of(Output.TRACE, "trace", Output.DIAGONAL, "diagonal", Output.MEAN, "mean");
        Dataset<Row> found = held.evaluate(asked, level, "id", "x", names).cache();
        assertArrayEquals(
            expected.get(Output.MEAN).orElseThrow().toFloats(), Rows.collect(found, "mean"));
        assertArrayEquals(
            expected.get(Output.TRACE).orElseThrow().toFloats(), Rows.collect(found, "trace"));
        assertArrayEquals(
            expected.get(Output.DIAGONAL).orElseThrow().toFloats(),
            Rows.collect(found, "diagonal"));
        found.unpersist();
        float[] weights = new float[QUERIES * POINTS];
        long none = 0;
        for (float weight : expected.get(Output.RESPONSIBILITIES).orElseThrow().toFloats()) {
          none += weight == 0 ? 1 : 0;
        }
        List<Row> rows = held.weights(asked, level, "id", "x", "point", "weight").collectAsList();
        for (Row row : rows) {
          int at = (int) row.getLong(0) * POINTS + (int) row.getLong(1);
          assertEquals(0, weights[at], "a pair twice");
          weights[at] = row.getFloat(2);
        }
        assertArrayEquals(expected.get(Output.RESPONSIBILITIES).orElseThrow().toFloats(), weights);
        assertEquals(weights.length - none, rows.size(), "points without weight");
      }
    }
  }

  /** Ids that follow one another, narrow gaps and wide ones. */
  @Test
  void draws() {
    long[] ids = new long[QUERIES];
    for (int i = 0; i < QUERIES; i++) {
      ids[i] = i < 20 ? i : i < 30 ? 100 + 3 * i : 5_000_000_000L / 2 + 1000L * i;
    }
    NoiseAddress at = NoiseAddress.of(5, Streams.STEP, 2);
    Dataset<Row> moved =
        asked.selectExpr(
            "id as row",
            "case when id < 20 then id when id < 30 then 100 + 3 * id"
                + " else 2500000000L + 1000 * id end as id",
            "x");
    try (Engine engine = Engine.open();
        ExactPosterior whole = ExactPosterior.of(engine, DataSet.of(points, DIM));
        SparkDataSet held = SparkDataSet.of(table.repartition(7, col("x")), "id", "x")) {
      Samples x = engine.samples(queries, QUERIES);
      Samples expected = engine.samples(QUERIES, DIM);
      Level level = Level.of(0.8, 0.6);
      for (Level to : List.of(Level.CLEAN, Level.of(0.9, 0.2))) {
        for (int i = 0; i < QUERIES; i++) {
          whole.draw(x.slice(i, 1), level, to, at.skipRows(ids[i]), expected.slice(i, 1));
        }
        Dataset<Row> found = held.draw(moved, level, to, at, "id", "x", "out");
        assertArrayEquals(
            expected.toFloats(),
            Rows.collect(found.drop("id").withColumnRenamed("row", "id"), "out"));
      }
    }
  }

  @Test
  void doublesAndOneQueryOfOnePoint() {
    Level level = Level.ofSigma(0.5);
    try (SparkDataSet held = SparkDataSet.of(table.where("id = 0"), "id", "x")) {
      Dataset<Row> one = asked.where("id = 1").selectExpr("id", "cast(x as array<double>) as x");
      Row found =
          held.evaluate(
                  one, level, "id", "x", Map.of(Output.TRACE, "trace", Output.DIAGONAL, "diagonal"))
              .select("trace", "diagonal")
              .first();
      assertEquals(0.0, found.getDouble(0));
      assertEquals(List.of(0.0, 0.0, 0.0), found.getList(1));
    }
  }

  @Test
  void theEvidenceAloneAndOneShardAlone() {
    Dataset<Row> few = table.where("id < 50");
    Level level = Level.ofSigma(0.5);
    try (Engine engine = Engine.open();
        SparkDataSet held = SparkDataSet.of(few, "id", "x")) {
      float[] own = java.util.Arrays.copyOf(points, 50 * DIM);
      ExactPosterior whole = ExactPosterior.of(engine, DataSet.of(own, DIM));
      Samples x = engine.samples(queries, QUERIES);
      assertArrayEquals(
          whole.logEvidence(x, level).toFloats(),
          Rows.collect(
              held.evaluate(asked, level, "id", "x", Map.of(Output.EVIDENCE, "out")), "out"));
      Dataset<Row> none = held.denoise(asked.where("id < 0"), level, "id", "x", "out");
      assertEquals(0, none.count());
    }
  }

  @Test
  void pointsAndQueriesThatAreNone() {
    refused("found no points", () -> SparkDataSet.of(table.where("id < 0"), "id", "x"));
    refused(
        "column 'id': found 8 where 7 comes next, allowed: each number from 0 to 98 once",
        () -> SparkDataSet.of(table.where("id < 100 and id <> 7"), "id", "x"));
    refused(
        "column 'id': found 3 where 4 comes next",
        () ->
            SparkDataSet.of(
                table.where("id < 10").selectExpr("if(id = 4, 3, id) as id", "x"), "id", "x"));
    refused(
        "column 'x', id 4: found 2 numbers, allowed: an array of 3",
        () ->
            SparkDataSet.of(
                table
                    .where("id < 10")
                    .coalesce(1)
                    .sort("id")
                    .selectExpr("id", "if(id = 4, slice(x, 1, 2), x) as x"),
                "id",
                "x"));
    try (SparkDataSet held = SparkDataSet.of(table.where("id < 10"), "id", "x")) {
      Level level = Level.ofSigma(1);
      refused(
          "column 'id': found 5 twice, allowed: numbers that differ",
          () -> held.denoise(asked.selectExpr("5L as id", "x"), level, "id", "x", "out"));
      refused(
          "outputs: found responsibilities, allowed: ",
          () -> held.evaluate(asked, level, "id", "x", Map.of(Output.RESPONSIBILITIES, "out")));
      refused(
          "columns: found 'id', 'point' and 'id', allowed: names that differ",
          () -> held.weights(asked, level, "id", "x", "point", "id"));
      NoiseAddress at = NoiseAddress.of(1, 2, 3);
      refused(
          "column 'id': found -1, allowed: a whole number from 0 to 4294967295",
          () ->
              held.draw(
                  asked.selectExpr("id - 1 as id", "x"), level, Level.CLEAN, at, "id", "x", "out"));
      refused(
          "noise: found",
          () -> held.draw(asked, level, Level.CLEAN, at.skipRows(1), "id", "x", "out"));
      refused(
          "column 'x', id 3: found null",
          () ->
              held.denoise(
                  asked.selectExpr("id", "if(id = 3, null, x) as x"), level, "id", "x", "out"));
    }
  }

  private static void refused(String line, org.junit.jupiter.api.function.Executable work) {
    Throwable e = assertThrows(Exception.class, work);
    StringBuilder all = new StringBuilder();
    for (Throwable at = e; at != null; at = at.getCause()) {
      all.append(at.getMessage()).append('\n');
    }
    assertTrue(all.toString().contains(line), () -> "expected: " + line + "\nfound: " + all);
    assertTrue(
        e instanceof InvalidInputException || e.getMessage().contains("InvalidInputException"),
        e.toString());
  }
}
