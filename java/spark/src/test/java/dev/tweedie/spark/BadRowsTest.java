package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.schedule.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be computed is one line that names column, row and what is allowed. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadRowsTest {
  private static final Level LEVEL = Level.ofSigma(0.5);

  private static SparkSession spark;
  private static SparkPosterior posterior; // of dimension 2

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = Cluster.local();
    posterior = SparkPosterior.of(spark, "builtin:rings");
    assertEquals(2, posterior.dim());
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** Good rows with one of the caller's, whose id is 40, among them. */
  private static Dataset<Row> with(Float... bad) {
    List<Row> rows = new ArrayList<>();
    for (long i = 0; i < 60; i++) {
      rows.add(RowFactory.create(i, "", i == 40 ? bad : new Float[] {1f, 2f}));
    }
    return spark.createDataFrame(rows, Rows.SCHEMA).repartition(3, col("id"));
  }

  private static String message(Throwable e) {
    StringBuilder all = new StringBuilder();
    for (Throwable at = e; at != null; at = at.getCause()) {
      all.append(at.getMessage()).append('\n');
    }
    return all.toString();
  }

  private static void assertRefused(String line, Executable work) {
    String message = message(assertThrows(Exception.class, work));
    assertTrue(message.contains(line), () -> "expected: " + line + "\nfound: " + message);
  }

  private void assertRefused(String line, Dataset<Row> rows) {
    Path out = folder.resolve("out");
    Dataset<Row> done = posterior.denoise(rows, LEVEL, "id", "x", "out");
    assertRefused(line, () -> done.write().mode("overwrite").parquet(out.toString()));
    assertFalse(Files.exists(out.resolve("_SUCCESS")), "half an output counts as one");
  }

  @Test
  void rowsThatAreNoNumbers() {
    String allowed = ", allowed: an array of 2 finite numbers, the dimension of the prior";
    assertRefused("column 'x', id 40: found null" + allowed, with((Float[]) null));
    assertRefused("column 'x', id 40: found 3 numbers" + allowed, with(1f, 2f, 3f));
    assertRefused("column 'x', id 40: found 0 numbers" + allowed, with());
    assertRefused("column 'x', id 40: found null at index 1, allowed: numbers", with(1f, null));
    assertRefused(
        "column 'x', id 40: found NaN at index 0, allowed: finite numbers", with(Float.NaN, 2f));
    assertRefused(
        "column 'x', id 40: found -Infinity at index 1, allowed: finite numbers",
        with(1f, Float.NEGATIVE_INFINITY));
  }

  /** One file of several, its middle overwritten: Spark's own error, and no output that counts. */
  @Test
  void aFileThatIsCorrupt() throws Exception {
    Path in = folder.resolve("in");
    with(1f, 2f).write().parquet(in.toString());
    Dataset<Row> rows = spark.read().parquet(in.toString()); // the schema is read while it is whole
    try (var files = Files.list(in)) {
      Path file = files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      java.util.Arrays.fill(bytes, 4, bytes.length - 8, (byte) -1);
      Files.write(file, bytes);
    }
    assertRefused("in/part-", rows);
  }

  @Test
  void aDoubleThatFloat32CannotHold() {
    Dataset<Row> rows =
        with(1f, 2f).selectExpr("id", "if(id = 40, array(1e39D, 0D), array(1D, 0D)) as x");
    assertRefused("column 'x', id 40: found 1.0E39 at index 0, allowed: finite numbers", rows);
  }

  @Test
  void rowsWithoutNumbersAreNamedByTheirPlace() {
    assertRefused(
        "column 'x', row 1 of partition 0: found null, allowed: an array of 2",
        () ->
            posterior
                .denoise(
                    with((Float[]) null).where("id in (39, 40)").coalesce(1).sort("id"),
                    LEVEL,
                    "x",
                    "out")
                .collect());
  }

  @Test
  void sparseVectorsCountAsTheirNumbers() {
    Dataset<Row> rows = with(1f, 2f);
    Dataset<Row> vectors =
        rows.withColumn("x", org.apache.spark.ml.functions.array_to_vector(col("x")));
    assertRefused(
        "column 'x', id 40: found 3 numbers",
        with(1f, 2f, 3f).withColumn("x", org.apache.spark.ml.functions.array_to_vector(col("x"))));
    assertEquals(60, posterior.denoise(vectors, LEVEL, "x", "out").count());
  }

  @Test
  void nothingInNothingOut() {
    Dataset<Row> none = with(1f, 2f).where("id < 0");
    Dataset<Row> done = posterior.denoise(none, LEVEL, "x", "out");
    assertEquals(0, done.count());
    assertEquals(List.of("id", "name", "x", "out"), List.of(done.columns()));
    Dataset<Row> sparse = with(1f, 2f).where("id = 3").repartition(16);
    assertEquals(1, posterior.denoise(sparse, LEVEL, "x", "out").collectAsList().size());
    assertEquals(0, posterior.sample(0, "ddpm", "vp-cosine:5", 0, 1, 3).count());
  }

  @Test
  void whatIsWrongWithThePlanIsToldBeforeAnyTask() {
    Dataset<Row> rows = with(1f, 2f);
    assertRefused(
        "column: found 'y', allowed: id, name, x",
        () -> posterior.denoise(rows, LEVEL, "y", "out"));
    assertRefused(
        "column 'name': found the type STRING, allowed: ARRAY<FLOAT>, ARRAY<DOUBLE> or a vector",
        () -> posterior.denoise(rows, LEVEL, "name", "out"));
    assertRefused(
        "column 'id': found in the data set, allowed: a new name",
        () -> posterior.denoise(rows, LEVEL, "x", "id"));
    assertRefused(
        "column 'name': found the type STRING, allowed: LONG or INT",
        () -> posterior.denoise(rows, LEVEL, "name", "x", "out"));
    assertRefused("sigma > 0", () -> posterior.denoise(rows, Level.CLEAN, "x", "out"));
    assertRefused("outputs: found none", () -> posterior.evaluate(rows, LEVEL, "x", Map.of()));
    assertRefused(
        "column 'same': found in the data set",
        () ->
            posterior.evaluate(
                rows, LEVEL, "x", Map.of(Output.MEAN, "same", Output.SCORE, "same")));
    assertRefused("sampler", () -> posterior.sample(3, "dpm", "vp-cosine:5", 0, 1, 1));
    assertRefused(
        "count: found 4294967297", () -> posterior.sample((1L << 32) + 1, "ddpm", "ou", 0, 1, 1));
    assertRefused(
        "prior: found nowhere.npz, allowed: a file", () -> SparkPosterior.of(spark, "nowhere.npz"));
    assertThrows(InvalidInputException.class, () -> SparkPosterior.of(spark, "builtin:nothing"));
  }

  @Test
  void numbersThatAddressNoNoise() {
    NoiseAddress at = NoiseAddress.of(1, 1, 0);
    for (String id : List.of("-1", "4294967296", "null")) {
      Dataset<Row> rows = with(1f, 2f).selectExpr("if(id = 40, " + id + ", id) as id", "x");
      assertRefused(
          "column 'id': found " + id + ", allowed: a whole number from 0 to 4294967295",
          () -> posterior.draw(rows, LEVEL, Level.CLEAN, at, "id", "x", "out").collect());
    }
  }

  /** The last one: Spark looks for the file anew before every job that follows. */
  @Test
  @Order(Integer.MAX_VALUE)
  void aPriorThatIsGoneFromAMachine() throws Exception {
    Path file = folder.resolve("points.npy");
    dev.tweedie.io.DataFiles.writeRows(
        file,
        new dev.tweedie.io.Rows(
            java.lang.foreign.MemorySegment.ofArray(new float[] {1, 2, 3, 4}),
            dev.tweedie.Precision.FLOAT32,
            2,
            2));
    SparkPosterior gone = SparkPosterior.of(spark, file.toString());
    try (var files = Files.list(Path.of(org.apache.spark.SparkFiles.getRootDirectory()))) {
      for (Path shipped : files.filter(f -> f.toString().endsWith("points.npy")).toList()) {
        Files.delete(shipped);
      }
    }
    assertRefused(
        "points.npy: found no file", () -> gone.denoise(with(1f, 2f), LEVEL, "x", "out").collect());
  }
}
