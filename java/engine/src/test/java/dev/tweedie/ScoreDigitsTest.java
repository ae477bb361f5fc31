package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.curvature.Curvature;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Score, Hessian, trace and localisation at small sigma against numbers of 60 digits ({@code
 * small-sigma.py}). {@code (alpha D - x) / sigma^2} and its derivative lose them all: the standard
 * normal had score 0 at sigma 1e-4, and a localisation of 5.
 */
class ScoreDigitsTest {
  /** Of the numbers' own size, 1: a few roundings of inputs that are all about 1. */
  private static final double ROUNDINGS = 16 * 0x1p-24;

  /** To which an eigenvalue is found in float32, twice: where Lanczos stops, and its products. */
  private static final double LANCZOS = 2 * 0x1p-20;

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void digitsDoNotDependOnSigma(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 1)) {
      for (OracleLine oracle :
          OracleLine.of(ScoreDigitsTest.class, "digits/small-sigma.txt", 100)) {
        String line = oracle.text();
        double[] values = oracle.numbers();
        check(engine, line, oracle.kind(), values);
        if (!oracle.kind().equals("normal")) {
          continue;
        }
        check(engine, line, "full", values);
        check(engine, line, "lowrank", values);
      }
    }
  }

  private static void check(Engine engine, String line, String kind, double[] values) {
    Level level = Level.ofSigma(values[1]);
    try (ExactPosterior posterior = ExactPosterior.of(engine, prior(kind))) {
      Samples x = engine.samples(new float[] {(float) values[2], (float) values[3]}, 1);
      Samples v = engine.samples(new float[] {1, 2}, 1);
      Curvature curvature = new Curvature(posterior, level);
      close(values, 4, posterior.score(x, level), 4, kind + ", score of " + line);
      curvature.hessianTimes(x, v, v);
      close(values, 6, v, 16, kind + ", Hessian of " + line);
      Samples diagonal = posterior.hessianDiagonal(x, level);
      close(values, 10, diagonal, 4, kind + ", Hessian's diagonal of " + line);
      double trace = posterior.covarianceTrace(x, level).toDoubles()[0];
      assertEquals(values[8], trace, ROUNDINGS * values[8], kind + ", trace of " + line);
      double localisation = curvature.localisation(x).toDoubles()[0];
      assertEquals(values[9], localisation, LANCZOS, kind + ", localisation of " + line);
    }
  }

  /** Where the prior has no variance numbers grow as 1 / sigma^2: there they keep their digits. */
  private static void close(
      double[] expected, int first, Samples found, int times, String message) {
    double[] values = found.toDoubles();
    for (int j = 0; j < values.length; j++) {
      double size = Math.max(1, Math.abs(expected[first + j]));
      assertEquals(expected[first + j], values[j], times * ROUNDINGS * size, message);
    }
  }

  private static GaussianMixture prior(String kind) {
    double[] weights = {0.5, 0.5};
    double[] means = {0.75, 0, -0.5, 0.25};
    return switch (kind) {
      case "shared" -> mixture(weights, means, new Covariance.Isotropic(new double[] {1, 1}));
      case "isotropic" -> mixture(weights, means, new Covariance.Isotropic(new double[] {1, 0.5}));
      case "diagonal" ->
          mixture(weights, means, new Covariance.Diagonal(new double[] {1, 0.25, 0.5, 2}));
      case "flat" -> normal(new Covariance.LowRank(new double[] {1, 0}, 1, new double[] {0}));
      case "full" -> normal(new Covariance.Full(new double[] {1, 0, 0, 1}));
      case "lowrank" ->
          normal(
              new Covariance.LowRank(
                  new double[] {Math.sqrt(0.5), 0, 0, Math.sqrt(0.5)}, 2, new double[] {0.5}));
      default -> normal(new Covariance.Isotropic(new double[] {1}));
    };
  }

  private static GaussianMixture normal(Covariance covariance) {
    return mixture(new double[] {1}, new double[2], covariance);
  }

  private static GaussianMixture mixture(double[] weights, double[] means, Covariance covariance) {
    return new GaussianMixture(weights, means, 2, covariance);
  }
}
