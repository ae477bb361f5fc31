package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.FitRows;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.io.Npy;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A fit of a cluster is that of one engine in one process, however the rows are cut. */
class SparkMixtureFitterTest {
  private static final int DIM = 6;
  private static final int ROWS = 20_000; // two whole runs and a part of one

  private static SparkSession spark;
  private static Engine engine;
  private static float[] values;
  private static double[] weights;
  private static Dataset<Row> table;

  @BeforeAll
  static void start() {
    spark = Cluster.local();
    engine = Engine.open();
    Samples rows = engine.samples(ROWS, DIM);
    new PriorSampler(ExactPosterior.of(engine, Builtin.randomMixture(4, DIM, 3)))
        .draw(NoiseAddress.of(5, Streams.PRIOR, 0), rows);
    values = rows.toFloats();
    weights = new double[ROWS];
    Arrays.setAll(weights, i -> i % 5 == 0 ? 0 : .25 * (i % 7));
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      all.add(
          RowFactory.create(
              (long) i, weights[i], Arrays.copyOfRange(values, i * DIM, (i + 1) * DIM)));
    }
    table =
        spark
            .createDataFrame(
                all,
                new StructType()
                    .add("id", DataTypes.LongType)
                    .add("weight", DataTypes.DoubleType)
                    .add("x", DataTypes.createArrayType(DataTypes.FloatType, false)))
            .cache();
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
          rows -> rows.repartition(7, col("x")),
          rows -> rows.repartition(64).sortWithinPartitions(col("id").desc()),
          rows -> rows.sort("id"),
          rows -> rows.repartition(3).sortWithinPartitions(rand(3)));

  private static FitOptions options(Kind kind) {
    return (kind == Kind.LOW_RANK ? FitOptions.lowRank(5, 2) : FitOptions.of(5, kind))
        .withTolerance(0)
        .withIterations(3)
        .withSeed(9);
  }

  private static double[] numbers(MixtureFit fit) {
    double[] covariance =
        switch (fit.parameters().covariance()) {
          case Covariance.Isotropic(double[] c) -> c;
          case Covariance.Diagonal(double[] c) -> c;
          case Covariance.LowRank(double[] f, int _, double[] _) -> f;
          case Covariance.Full(double[] c) -> c;
        };
    return java.util.stream.Stream.of(
            fit.parameters().weights(), fit.parameters().means(), covariance, fit.logLikelihoods())
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static MixtureFit here(FitOptions options) {
    return fit(FitRows.of(engine, engine.samples(values, ROWS), options.components()), options);
  }

  private static MixtureFit here(double[] weights, FitOptions options) {
    return fit(
        FitRows.of(engine, engine.samples(values, ROWS), weights, options.components()), options);
  }

  private static MixtureFit fit(FitRows of, FitOptions options) {
    try (FitRows rows = of) {
      return MixtureFitter.fit(rows, options, (restart, iteration, likelihood) -> {});
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyKindAndEveryCut(Kind kind) {
    double[] expected = numbers(here(options(kind)));
    for (int cut = 0; cut < CUTS.size(); cut++) {
      if (kind != Kind.FULL && cut != kind.ordinal()) {
        continue; // the passes are the same: all cuts for one kind, one for each other
      }
      Dataset<Row> rows = CUTS.get(cut).apply(table);
      MixtureFit found = SparkMixtureFitter.fit(rows, "id", "x", options(kind));
      assertArrayEquals(expected, numbers(found), kind + ", cut " + cut);
    }
  }

  @Test
  void rowsThatCountMoreOrNotAtAll() {
    for (Kind kind : List.of(Kind.LOW_RANK, Kind.FULL)) {
      FitOptions options = options(kind).withRestarts(2);
      List<String> told = new ArrayList<>();
      MixtureFit found =
          SparkMixtureFitter.fit(
              table.repartition(7, col("x")),
              "id",
              "x",
              "weight",
              options,
              (restart, iteration, likelihood) -> told.add(restart + "." + iteration));
      assertArrayEquals(numbers(here(weights, options)), numbers(found), kind.toString());
      assertEquals(List.of("0.1", "0.2", "0.3", "1.1", "1.2", "1.3"), told);
    }
  }

  /** Rows of {@code likelihoods.py}, beside the oracle, which is the engine's. */
  private static float[] oracleRows() {
    float[] x = new float[600 * 20];
    long state = 12345;
    for (int i = 0; i < 600; i++) {
      double[] row = new double[20];
      for (int j = 0; j < 20; j++) {
        state = (state * 1103515245 + 12345) % (1L << 31);
        row[j] = state / (double) (1L << 31) - 0.5;
      }
      for (int j = 1; j < 20; j++) {
        row[j] += .5 * row[j - 1] * (i % 3);
      }
      for (int j = 0; j < 20; j++) {
        x[20 * i + j] = (float) (row[j] + .25 * (i % 3 * (j % 2) + j % 3));
      }
    }
    return x;
  }

  private static Covariance ones(Kind kind) {
    double[] each = new double[3 * 20];
    Arrays.fill(each, 1);
    if (kind != Kind.FULL) {
      return kind == Kind.ISOTROPIC
          ? new Covariance.Isotropic(Arrays.copyOf(each, 3))
          : new Covariance.Diagonal(each);
    }
    double[] matrices = new double[3 * 20 * 20];
    for (int i = 0; i < 3 * 20; i++) {
      matrices[i * 20 + i % 20] = 1;
    }
    return new Covariance.Full(matrices);
  }

  @Test
  void likelihoodsAreThoseOfScikitLearn() throws Exception {
    Path oracle = Path.of("../engine/src/test/resources/dev/tweedie/fit/likelihoods-20-0.npy");
    float[] x = oracleRows();
    double[] means = new double[3 * 20];
    Arrays.setAll(means, i -> x[i]);
    double[] third = {1 / 3., 1 / 3., 1 / 3.};
    Dataset<Row> rows = Rows.dataset(spark, x, 20).repartition(5);
    try (Arena arena = Arena.ofConfined()) {
      double[] golden = Npy.read(oracle, arena).toDoubles();
      Kind[] kinds = {Kind.ISOTROPIC, Kind.DIAGONAL, Kind.FULL};
      for (int k = 0; k < 3; k++) {
        int iterations = golden.length / 3;
        double[] found =
            SparkMixtureFitter.fitFrom(
                    new MixtureParameters(third, means, 20, ones(kinds[k])),
                    rows,
                    "id",
                    "x",
                    FitOptions.of(3, kinds[k])
                        .withFloor(1e-3)
                        .withTolerance(0)
                        .withIterations(iterations),
                    (restart, iteration, likelihood) -> {})
                .logLikelihoods();
        // likelihoods are about 22, of which 2^-24 is 1.3e-6, four times
        assertArrayEquals(
            Arrays.copyOfRange(golden, k * iterations, (k + 1) * iterations),
            found,
            5.2e-6,
            kinds[k].toString());
      }
    }
  }

  @Test
  void whatCannotBeFitted() {
    Dataset<Row> few = table.where("id < 40");
    refused("components: found 41, allowed: 1 to 40", few, null, FitOptions.of(41, Kind.FULL));
    refused("rank: found 6, allowed: 1 to 5", few, null, FitOptions.lowRank(2, 6));
    FitOptions options = FitOptions.of(2, Kind.DIAGONAL);
    refused("data set: found no rows", table.where("id < 0"), null, options);
    refused("column: found 'w', allowed: id, weight, x", few, "w", options);
    refused("column 'x': found the type ARRAY<FLOAT>, allowed: numbers", few, "x", options);
    refused(
        "column 'weight', id 7: found -1.0, allowed: finite and >= 0",
        few.selectExpr("id", "x", "if(id = 7, -1D, 1D) as weight"),
        "weight",
        options);
    refused(
        "column 'weight', id 7: found null",
        few.selectExpr("id", "x", "if(id = 7, null, 1) as weight"),
        "weight",
        options);
    refused(
        "weights: found a sum of 0.0, allowed: finite and > 0",
        few.selectExpr("id", "x", "0 as weight"),
        "weight",
        options);
    refused(
        "column 'id': found 8 where 7 comes next, allowed: each number from 0 to 38 once",
        few.where("id <> 7"),
        null,
        options);
    refused(
        "column 'id': found null where 0 comes next",
        few.selectExpr("if(id = 7, null, id) as id", "x"),
        null,
        options);
    refused(
        "column 'x', id 7: found NaN at index 0, allowed: finite numbers",
        few.selectExpr("id", "if(id = 7, transform(x, v -> float('NaN')), x) as x"),
        null,
        options);
  }

  private static void refused(String line, Dataset<Row> rows, String weight, FitOptions options) {
    Throwable e =
        assertThrows(
            Exception.class,
            () -> {
              if (weight == null) {
                SparkMixtureFitter.fit(rows, "id", "x", options);
              } else {
                SparkMixtureFitter.fit(
                    rows, "id", "x", weight, options, (restart, iteration, likelihood) -> {});
              }
            });
    StringBuilder all = new StringBuilder();
    for (Throwable at = e; at != null; at = at.getCause()) {
      all.append(at.getMessage()).append('\n');
    }
    assertTrue(all.toString().contains(line), () -> "expected: " + line + "\nfound: " + all);
  }
}
