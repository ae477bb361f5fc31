package dev.tweedie.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.BlindOutputs;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Workers;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows in tiles have the bits of the plain loops, whatever op, threads and batch. */
class RowTileTest {
  private static final EnumSet<Output> ALL = EnumSet.allOf(Output.class);
  private static final Level CLEANER = Level.of(0.95, 1e-4);

  private static Prior prior(String kind, int components, int dim) {
    SplittableRandom random = new SplittableRandom(3);
    double[] means = new double[components * dim];
    for (int i = 0; i < means.length; i++) {
      means[i] = random.nextGaussian();
    }
    double[] weights = random.doubles(components, 0.1, 1).toArray();
    weights[components - 1] = components > 1 ? 0 : 1; // log 0 among the logits
    if (kind.equals("points")) {
      return DataSet.of(means, dim).withWeights(weights);
    }
    IntFunction<double[]> each = n -> random.doubles((long) components * n).toArray();
    int rank = Math.min(dim, 3);
    return new GaussianMixture(
        weights,
        means,
        dim,
        switch (kind) {
          case "isotropic" -> new Covariance.Isotropic(each.apply(1));
          case "diagonal" -> new Covariance.Diagonal(each.apply(dim));
          case "lowrank" -> new Covariance.LowRank(each.apply(dim * rank), rank, each.apply(1));
          default -> new Covariance.Full(matrices(components, dim, random));
        });
  }

  private static double[] matrices(int components, int dim, SplittableRandom random) {
    double[] matrices = new double[components * dim * dim];
    for (int k = 0; k < components; k++) {
      double[] f = random.doubles(dim, -1, 1).toArray();
      for (int i = 0; i < dim * dim; i++) {
        matrices[k * dim * dim + i] = f[i / dim] * f[i % dim] + (i / dim == i % dim ? 0.1 : 0);
      }
    }
    return matrices;
  }

  private static Map<String, double[]> evaluate(
      Backend backend, Prior prior, Level level, double[] rows, EnumSet<Output> wanted) {
    Samples x = samples(backend, rows, prior.dim());
    Outputs out =
        Outputs.allocate(wanted, x.rows(), x.dim(), prior.components(), backend::allocate);
    backend.evaluate(backend.prepare(prior), level, x, out);
    Map<String, double[]> results = new LinkedHashMap<>();
    out.forEach((name, result) -> results.put(name, result.toDoubles()));
    return results;
  }

  private static Samples samples(Backend backend, double[] values, int dim) {
    Samples samples = backend.allocate(values.length / dim, dim);
    samples.write(values);
    return samples;
  }

  /** Every op of posteriors. */
  private static Map<String, double[]> ops(
      Backend backend, Prior prior, Level level, double[] rows) {
    Map<String, double[]> results = evaluate(backend, prior, level, rows, ALL);
    int dim = prior.dim();
    Samples x = samples(backend, rows, dim);
    Samples v = samples(backend, Arrays.stream(rows).map(value -> 1 - value).toArray(), dim);
    PreparedPrior prepared = backend.prepare(prior);
    Samples out = backend.allocate(x.rows(), dim);
    backend.covarianceTimes(prepared, level, x, v, out);
    results.put("covarianceTimes", out.toDoubles());
    backend.hessianTimes(prepared, level, x, v, out);
    results.put("hessianTimes", out.toDoubles());
    backend.draw(prepared, level, CLEANER, x, NoiseAddress.of(7, 1, 2), out);
    results.put("draw", out.toDoubles());
    double[] sigmas = {level.sigma(), 2 * level.sigma(), 40};
    BlindOutputs blind =
        BlindOutputs.of()
            .mean(out)
            .levels(backend.allocate(x.rows(), 3))
            .evidence(backend.allocate(x.rows(), 1));
    backend.blind(prepared, sigmas, new double[] {-1, -2, -3}, x, blind);
    blind.forEach((name, result) -> results.put("blind " + name, result.toDoubles()));
    return results;
  }

  private static Backend plain() {
    return new ReferenceBackend(Workers.of(1), false);
  }

  private static double[] rows(Prior prior, Level level, int count) {
    SplittableRandom random = new SplittableRandom(5);
    double[] values = new double[count * prior.dim()];
    for (int i = 0; i < values.length; i++) {
      int k = i / prior.dim() % prior.components();
      values[i] =
          level.alpha() * prior.mean(k, i % prior.dim()) + level.sigma() * random.nextGaussian();
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({
    "points, 1, 1, 1",
    "points, 65, 5, 85",
    "points, 130, 23, 6",
    "isotropic, 3, 2, 3",
    "isotropic, 64, 4, 85",
    "isotropic, 131, 7, 20",
    "diagonal, 2, 1, 2",
    "diagonal, 66, 5, 9",
    "diagonal, 33, 23, 20",
    "lowrank, 2, 1, 2",
    "lowrank, 67, 5, 9",
    "lowrank, 33, 23, 20",
    "full, 1, 1, 2",
    "full, 67, 5, 9",
    "full, 130, 13, 4",
    "full, 33, 16, 5"
  })
  void aRowsBitsAreThoseOfThePlainLoops(String kind, int count, int dim, int components) {
    Prior prior = prior(kind, components, dim);
    for (double sigma : new double[] {1e-3, 0.6, 30}) {
      Level level = Level.of(0.9, sigma);
      double[] rows = rows(prior, level, count);
      Map<String, double[]> expected;
      try (Backend backend = plain()) {
        expected = ops(backend, prior, level, rows);
      }
      assertEquals(13, expected.size());
      for (int threads : new int[] {1, 2, 5}) {
        try (Backend backend = new ReferenceBackend(Workers.of(threads))) {
          Map<String, double[]> found = ops(backend, prior, level, rows);
          expected.forEach(
              (name, values) ->
                  assertArrayEquals(
                      values,
                      found.get(name),
                      name + " at sigma " + sigma + " on " + threads + " threads"));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"points", "isotropic", "diagonal", "lowrank", "full"})
  void aRowsBitsDoNotDependOnTheRowsBesideIt(String kind) {
    Prior prior = prior(kind, 7, 5);
    Level level = Level.of(0.9, 0.3);
    double[] all = rows(prior, level, 40);
    try (Backend backend = new ReferenceBackend(Workers.of(1))) {
      Map<String, double[]> whole = evaluate(backend, prior, level, all, ALL);
      for (int[] part : new int[][] {{0, 1}, {3, 2}, {7, 17}, {24, 16}}) {
        double[] few = Arrays.copyOfRange(all, part[0] * 5, (part[0] + part[1]) * 5);
        evaluate(backend, prior, level, few, ALL)
            .forEach(
                (name, values) -> {
                  int columns = values.length / part[1];
                  double[] same =
                      Arrays.copyOfRange(
                          whole.get(name), part[0] * columns, (part[0] + part[1]) * columns);
                  assertArrayEquals(same, values, name + " of rows " + Arrays.toString(part));
                });
      }
    }
  }

  /**
   * Squares that overflow are left to the plain loops; what they make is refused, by either text.
   */
  @ParameterizedTest
  @ValueSource(strings = {"points", "isotropic", "diagonal", "lowrank", "full"})
  void aRowThatOverflowsIsRefused(String kind) {
    Prior prior = prior(kind, 5, 3);
    double[] values = new double[70 * 3];
    values[66 * 3] = 1e200;
    for (boolean tiled : new boolean[] {true, false}) {
      try (Backend backend = new ReferenceBackend(Workers.of(1), tiled)) {
        InvalidInputException refused =
            assertThrows(
                InvalidInputException.class,
                () -> evaluate(backend, prior, Level.of(0.9, 0.6), values, ALL));
        assertTrue(refused.getMessage().contains("row 66"), refused.getMessage());
      }
    }
  }

  /** A component whose score overflows in rows where it has no weight is no NaN in their sums. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aScoreThatOverflowsWithoutWeightIsLeftOut(boolean tiled) {
    double[] means = {0, 1e308};
    Prior prior =
        new GaussianMixture(
            new double[] {1, 1}, means, 1, new Covariance.Isotropic(new double[] {0.75, 0}));
    try (Backend backend = new ReferenceBackend(Workers.of(1), tiled)) {
      Samples x = samples(backend, new double[] {1, 2, 3, 1e308}, 1);
      Samples score = backend.allocate(4, 1);
      backend.evaluate(backend.prepare(prior), Level.of(1, 0.5), x, Outputs.of().score(score));
      assertArrayEquals(new double[] {-1, -2, -3, 0}, score.toDoubles());
    }
  }

  /** Those of vectors, where they are here, have the bits of loops that every machine has. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 8, 16, 31, 33, 64})
  void vectorsHaveTheBitsOfLoops(int rows) {
    int n = 13;
    SplittableRandom random = new SplittableRandom(7);
    double[] u = random.doubles(n * n).toArray();
    double[] v = random.doubles(n * rows, -1, 1).toArray();
    double[] weights = random.doubles(rows + 1L).toArray();
    double[] am = Arrays.copyOf(u, n);
    double[][] results = new double[2][];
    for (int i = 0; i < 2; i++) {
      RowLoops loops = i == 0 ? new RowLoops() : RowLoops.here();
      double[] out = new double[n * rows];
      loops.addProducts(u, 1, n, n - 1, n, v, rows, rows, out);
      loops.addProducts(u, n, 1, n - 1, n - 2, v, rows, rows, out);
      loops.addSquares(v, am, rows, out);
      loops.addWeighted(out, v, weights, 1, rows);
      results[i] = out;
    }
    assertArrayEquals(results[0], results[1]);
  }
}
