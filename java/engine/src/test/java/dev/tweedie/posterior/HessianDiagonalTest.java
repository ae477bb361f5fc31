package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.OracleLine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The diagonal of the Hessian of every kind of prior, beside second differences of log p in 120
 * digits ({@code hessian-diagonal.py}).
 */
class HessianDiagonalTest {
  private static final double[] WEIGHTS = {.5, .25, .25};
  private static final double[] MEANS = {0, .5, -1, .75, -.25, 0, -1, 1, .5};
  private static final double[] FACTORS = {1, .5, -.25, .25, 1, 0, 0, -.5, .75};
  private static final double[] FLOOR = {.25, .5, .125};

  /**
   * At sigma 1/16 and a distance z up to 2 a relative move of x by one unit moves a logit by {@code
   * |x| |z| / P}, up to 32 units; the offsets of scores, squared, move by as much again each.
   */
  private static final double UNITS = 128;

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void secondDifferencesOfTheLogDensity(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 1)) {
      boolean single = engine.backend().precision() == Precision.FLOAT32;
      for (OracleLine oracle :
          OracleLine.of(HessianDiagonalTest.class, "hessian-diagonal.txt", 54)) {
        double[] values = oracle.numbers();
        double[] expected = Arrays.copyOfRange(values, 6, 9);
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        try (ExactPosterior posterior = ExactPosterior.of(engine, prior(oracle.kind()))) {
          Samples x = engine.samples(Arrays.copyOfRange(values, 3, 6), 1);
          assertArrayEquals(
              expected,
              posterior.hessianDiagonal(x, Level.of(values[1], values[2])).toDoubles(),
              UNITS * (single ? 0x1p-24 : 0x1p-53) * largest,
              oracle.text());
        }
      }
    }
  }

  private static Prior prior(String kind) {
    return switch (kind) {
      case "points" -> DataSet.of(MEANS, 3).withWeights(WEIGHTS);
      case "shared" -> mixture(new Covariance.Isotropic(new double[] {.25, .25, .25}));
      case "isotropic" -> mixture(new Covariance.Isotropic(FLOOR));
      case "diagonal" ->
          mixture(new Covariance.Diagonal(Arrays.stream(FACTORS).map(Math::abs).toArray()));
      case "lowrank" -> mixture(new Covariance.LowRank(FACTORS, 1, FLOOR));
      default -> mixture(new Covariance.Full(matrices()));
    };
  }

  private static GaussianMixture mixture(Covariance covariance) {
    return new GaussianMixture(WEIGHTS, MEANS, 3, covariance);
  }

  private static double[] matrices() {
    double[] matrices = new double[27];
    for (int at = 0; at < matrices.length; at++) {
      int row = at / 3;
      int column = row / 3 * 3 + at % 3;
      matrices[at] = FACTORS[row] * FACTORS[column] + (row == column ? FLOOR[at % 3] : 0);
    }
    return matrices;
  }
}
