package dev.tweedie.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows in tiles have the bits of the plain loops, which an evaluation with a trace takes. */
class RowTileTest {
  private static final EnumSet<Output> TILED =
      EnumSet.of(Output.EVIDENCE, Output.MEAN, Output.SCORE, Output.RESPONSIBILITIES);

  private static Prior prior(String kind, int components, int dim) {
    SplittableRandom random = new SplittableRandom(3);
    double[] means = new double[components * dim];
    for (int i = 0; i < means.length; i++) {
      means[i] = random.nextGaussian();
    }
    double[] weights = random.doubles(components, 0.1, 1).toArray();
    weights[components - 1] = components > 1 ? 0 : 1; // log 0 among the logits
    return switch (kind) {
      case "points" -> DataSet.of(means, dim).withWeights(weights);
      case "isotropic" ->
          new GaussianMixture(
              weights,
              means,
              dim,
              new Covariance.Isotropic(random.doubles(components, 0, 1).toArray()));
      default -> {
        double[] matrices = new double[components * dim * dim];
        for (int k = 0; k < components; k++) {
          double[] f = random.doubles(dim, -1, 1).toArray();
          for (int i = 0; i < dim * dim; i++) {
            matrices[k * dim * dim + i] = f[i / dim] * f[i % dim] + (i / dim == i % dim ? 0.1 : 0);
          }
        }
        yield new GaussianMixture(weights, means, dim, new Covariance.Full(matrices));
      }
    };
  }

  private static Outputs evaluate(
      Backend backend, Prior prior, Level level, Samples x, EnumSet<Output> wanted) {
    Outputs out =
        Outputs.allocate(wanted, x.rows(), x.dim(), prior.components(), backend::allocate);
    backend.evaluate(backend.prepare(prior), level, x, out);
    return out;
  }

  @ParameterizedTest
  @CsvSource({
    "points, 1, 1, 1",
    "points, 65, 5, 85",
    "points, 130, 23, 6",
    "isotropic, 3, 2, 3",
    "isotropic, 64, 4, 85",
    "isotropic, 131, 7, 20",
    "full, 1, 1, 2",
    "full, 67, 5, 9",
    "full, 130, 13, 4",
    "full, 33, 16, 5"
  })
  void aRowsBitsAreThoseOfThePlainLoops(String kind, int rows, int dim, int components) {
    Prior prior = prior(kind, components, dim);
    for (int threads : new int[] {1, 3}) {
      try (Backend backend = Backends.open("reference", threads)) {
        for (double sigma : new double[] {1e-3, 0.6, 30}) {
          Level level = Level.of(0.9, sigma);
          Samples x = backend.allocate(rows, dim);
          SplittableRandom random = new SplittableRandom(5);
          double[] values = new double[rows * dim];
          for (int i = 0; i < values.length; i++) {
            values[i] = 0.9 * prior.mean(i % components, i % dim) + sigma * random.nextGaussian();
          }
          x.write(values);
          Outputs tiled = evaluate(backend, prior, level, x, TILED);
          Outputs plain = evaluate(backend, prior, level, x, EnumSet.allOf(Output.class));
          for (Output output : TILED) {
            assertArrayEquals(
                plain.get(output).toDoubles(),
                tiled.get(output).toDoubles(),
                output + " at sigma " + sigma + " on " + threads);
          }
        }
      }
    }
  }

  /**
   * Squares that overflow are left to the plain loops; what they make is refused, by either text.
   */
  @ParameterizedTest
  @CsvSource({"points", "isotropic", "full"})
  void aRowThatOverflowsIsRefused(String kind) {
    Prior prior = prior(kind, 5, 3);
    try (Backend backend = Backends.open("reference", 1)) {
      Samples x = backend.allocate(70, 3);
      double[] values = new double[70 * 3];
      values[66 * 3] = 1e200;
      x.write(values);
      for (EnumSet<Output> wanted : List.of(TILED, EnumSet.allOf(Output.class))) {
        InvalidInputException refused =
            assertThrows(
                InvalidInputException.class,
                () -> evaluate(backend, prior, Level.of(0.9, 0.6), x, wanted));
        assertTrue(refused.getMessage().contains("row 66"), refused.getMessage());
      }
    }
  }

  /** What this test compares: two texts, and not one with itself. */
  @ParameterizedTest
  @CsvSource({"points", "isotropic", "full"})
  void aTraceTakesThePlainLoopsAndMeansDoNot(String kind) {
    ComponentPosterior components = ComponentPosterior.of(prior(kind, 5, 3), Level.of(0.9, 0.6));
    try (Backend backend = Backends.open("reference", 1)) {
      Samples any = backend.allocate(1, 1);
      assertEquals(64, RowTile.rows(components, Outputs.of().mean(any)));
      assertEquals(0, RowTile.rows(components, Outputs.of().mean(any).trace(any)));
    }
  }

  /** Those of vectors, where they are here, have the bits of loops that every machine has. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 8, 31, 33, 64})
  void vectorsHaveTheBitsOfLoops(int rows) {
    int n = 13;
    SplittableRandom random = new SplittableRandom(7);
    double[] u = random.doubles(n * 3).toArray();
    double[] v = random.doubles(n * rows, -1, 1).toArray();
    double[] weights = random.doubles(rows).toArray();
    double[] am = Arrays.copyOf(u, n);
    double[][] results = new double[2][];
    for (int i = 0; i < 2; i++) {
      RowLoops loops = i == 0 ? new RowLoops() : RowLoops.here();
      double[] out = new double[n * rows];
      loops.addProducts(u, 2, 3, n - 1, v, rows, rows, out, rows);
      loops.addSquares(v, am, rows, out);
      loops.addWeighted(out, v, weights);
      results[i] = out;
    }
    assertArrayEquals(results[0], results[1]);
  }
}
