package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Derivatives in the level against differences of the definitions in 80 digits ({@code
 * level-derivative.py}).
 */
class LevelDerivativeTest {
  /** Some roundings of float64, each amplified by what is summed: (|z| / sigma)^2 up to 1,300. */
  private static final double FLOAT64 = 1e-12;

  /** One rounding to float32. */
  private static final double FLOAT32 = 0x1p-24 + FLOAT64;

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void derivativesAreThoseOfTheDefinitions(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 2)) {
      for (OracleLine oracle :
          OracleLine.of(LevelDerivativeTest.class, "level-derivative.txt", 40)) {
        String line = oracle.text();
        double[] numbers = oracle.numbers();
        Level level = Level.of(numbers[1], numbers[2]);
        try (ExactPosterior posterior = ExactPosterior.of(engine, prior(oracle.kind()))) {
          Samples x = engine.samples(new double[] {numbers[3], numbers[4]}, 1);
          check(line, posterior.levelDerivative(x, level, 0, 1), numbers, 5);
          check(line, posterior.levelDerivative(x, level, 1, 0), numbers, 10);
          double[] both = numbers.clone();
          for (int i = 5; i < 10; i++) {
            both[i] = 3 * numbers[i] - 0.5 * numbers[i + 5];
          }
          check(line + ", along", posterior.levelDerivative(x, level, -0.5, 3), both, 5);
        }
      }
    }
  }

  /** Sums of terms that are larger than themselves are right to a share of the largest. */
  private static void check(String line, LevelDerivative found, double[] wanted, int at) {
    double relative = found.mean().precision() == Precision.FLOAT64 ? FLOAT64 : FLOAT32;
    near(line + ": evidence", wanted[at], found.evidence().get(0, 0), relative);
    for (int j = 0; j < 2; j++) {
      near(line + ": mean " + j, wanted[at + 1 + j], found.mean().get(0, j), relative);
      near(line + ": score " + j, wanted[at + 3 + j], found.score().get(0, j), relative);
    }
  }

  private static void near(String what, double wanted, double found, double relative) {
    assertEquals(wanted, found, relative * Math.abs(wanted) + FLOAT64, what);
  }

  @Test
  void whatCannotBeDerivedIsRefused() {
    try (Engine engine = Engine.open("java")) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior("points"));
      Level level = Level.ofSigma(1);
      Samples x = engine.samples(new double[] {0, 1, 2, Double.NaN}, 2);
      assertEquals(
          "row 1 is not finite, allowed: finite numbers",
          assertThrows(InvalidInputException.class, () -> posterior.levelDerivative(x, level, 0, 1))
              .getMessage());
      assertThrows(
          InvalidInputException.class,
          () -> posterior.levelDerivative(x.slice(0, 1), level, Double.NaN, 1));
      assertThrows(
          InvalidInputException.class,
          () -> posterior.levelDerivative(x.shaped(4, 1), level, 0, 1));
      assertThrows(
          InvalidInputException.class,
          () -> posterior.levelDerivative(x.slice(0, 1), Level.CLEAN, 0, 1));
    }
  }

  private static Prior prior(String kind) {
    double[] weights = {0.5, 0.3, 0.2};
    double[] means = {0.75, 0, -0.5, 0.25, 0, -1};
    return switch (kind) {
      case "points", "isotropic" ->
          mixture(
              weights,
              means,
              new Covariance.Isotropic(
                  kind.equals("points") ? new double[3] : new double[] {1, 0.5, 0.125}));
      case "diagonal" ->
          mixture(
              weights, means, new Covariance.Diagonal(new double[] {1, 0.5, 0.25, 2, 0, 0.125}));
      case "lowrank" ->
          mixture(
              weights,
              means,
              new Covariance.LowRank(
                  new double[] {1, 0.5, 0.25, 1, 0.5, -1}, 1, new double[] {0.25, 0.125, 0}));
      default ->
          mixture(
              weights,
              means,
              new Covariance.Full(
                  new double[] {1, 0.25, 0.25, 0.5, 0.5, -0.25, -0.25, 1, 1, 1, 1, 1}));
    };
  }

  private static GaussianMixture mixture(double[] weights, double[] means, Covariance covariance) {
    return new GaussianMixture(weights, means, 2, covariance);
  }

  /** Points are a class of their own; as a mixture of variance zero they have the same numbers. */
  @Test
  void aDataSetIsItsMixture() {
    try (Engine engine = Engine.open("reference")) {
      float[] points = {0.75f, 0, -0.5f, 0.25f, 0, -1};
      double[] means = {0.75, 0, -0.5, 0.25, 0, -1};
      Level level = Level.of(0.5, 0.25);
      Samples x = engine.samples(new double[] {0.25, -0.5}, 1);
      LevelDerivative found =
          ExactPosterior.of(engine, DataSet.of(points, 2)).levelDerivative(x, level, 1, 1);
      LevelDerivative wanted =
          ExactPosterior.of(
                  engine,
                  mixture(new double[] {1, 1, 1}, means, new Covariance.Isotropic(new double[3])))
              .levelDerivative(x, level, 1, 1);
      near("evidence", wanted.evidence().get(0, 0), found.evidence().get(0, 0), FLOAT64);
      for (int j = 0; j < 2; j++) {
        near("mean " + j, wanted.mean().get(0, j), found.mean().get(0, j), FLOAT64);
        near("score " + j, wanted.score().get(0, j), found.score().get(0, j), FLOAT64);
      }
    }
  }
}
