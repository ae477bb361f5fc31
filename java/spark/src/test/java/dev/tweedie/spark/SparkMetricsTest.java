package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.metric.Distortion;
import dev.tweedie.metric.Wasserstein;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Metrics of columns are those of the same rows in memory, and do not depend on how they lie. */
class SparkMetricsTest {
  private static final int DIM = 4;
  private static final int ROWS = 9000; // two runs
  private static final double ROUNDING = 1e-12; // of sums in another order

  private static SparkSession spark;
  private static float[] clean;
  private static float[] estimate;
  private static Dataset<Row> both;

  @BeforeAll
  static void start() {
    spark = Cluster.local();
    clean = Rows.normal(ROWS, DIM, 1);
    estimate = Rows.normal(ROWS, DIM, 2);
    System.arraycopy(clean, 40, estimate, 40, 3 * DIM); // rows that are met exactly
    Dataset<Row> truth = Rows.dataset(spark, clean, DIM).select(col("id"), col("x"));
    Dataset<Row> found = Rows.dataset(spark, estimate, DIM).selectExpr("id", "x as y");
    both = truth.join(found, "id").cache();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void distortion() {
    SparkMetrics.RowDistortion found = SparkMetrics.distortion(both, "id", "y", "x");
    assertEquals(found, SparkMetrics.distortion(both.repartition(7), "id", "y", "x"));
    assertEquals(found, SparkMetrics.distortion(both.coalesce(1), "id", "y", "x"));
    try (Engine engine = Engine.open("java")) {
      Distortion here = Distortion.of(engine.samples(estimate, ROWS), engine.samples(clean, ROWS));
      assertEquals(ROWS, found.rows());
      assertEquals(3, found.exactRows());
      assertEquals(here.mse(), found.mse(), ROUNDING);
      assertEquals(here.psnr(), found.psnr(), ROUNDING);
      assertEquals(here.nmse(), found.nmse(), ROUNDING);
      assertEquals(here.pooledPsnr(), found.pooledPsnr(), ROUNDING);
    }
    assertTrue(Double.isNaN(SparkMetrics.distortion(both.where("id < 0"), "id", "y", "x").mse()));
  }

  @Test
  void moments() {
    SparkMetrics.Moments found = SparkMetrics.moments(both, "id", "x");
    SparkMetrics.Moments other = SparkMetrics.moments(both.repartition(5), "id", "x");
    assertArrayEquals(found.mean(), other.mean());
    assertArrayEquals(found.variance(), other.variance());
    for (int j = 0; j < DIM; j++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < ROWS; i++) {
        sum += clean[i * DIM + j];
      }
      for (int i = 0; i < ROWS; i++) {
        squares += Math.pow(clean[i * DIM + j] - sum / ROWS, 2);
      }
      assertEquals(sum / ROWS, found.mean()[j], ROUNDING);
      assertEquals(squares / ROWS, found.variance()[j], ROUNDING);
    }
  }

  @Test
  void slicedWasserstein() {
    double found = SparkMetrics.slicedWasserstein(both, "x", both, "y", 2, 3);
    assertEquals(
        found,
        SparkMetrics.slicedWasserstein(both.repartition(7), "x", both.coalesce(1), "y", 2, 3));
    try (Engine engine = Engine.open("reference")) { // projections in float64, as here
      Samples a = engine.samples(clean, ROWS);
      Samples b = engine.samples(estimate, ROWS);
      assertEquals(Wasserstein.sliced(engine, a, b, 2, 3), found, ROUNDING);
    }
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> SparkMetrics.slicedWasserstein(both, "x", both.limit(5), "y", 2, 3));
    assertEquals("rows: found 9000 and 5, allowed: as many each, at least one", e.getMessage());
  }

  @Test
  void rowsOfTwoDimensions() {
    Dataset<Row> ragged = both.withColumn("y", expr("if(id = 3, slice(y, 1, 2), y)"));
    Exception e =
        assertThrows(Exception.class, () -> SparkMetrics.distortion(ragged, "id", "y", "x"));
    StringBuilder all = new StringBuilder();
    for (Throwable at = e; at != null; at = at.getCause()) {
      all.append(at.getMessage());
    }
    assertTrue(all.toString().contains("column 'x', id 3: found 4 numbers"), all.toString());
  }
}
