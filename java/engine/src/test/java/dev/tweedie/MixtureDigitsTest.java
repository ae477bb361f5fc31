package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Mixtures of full and low-rank covariance at small sigma against numbers of 60 digits ({@code
 * mixtures.py}): what {@link ScoreDigitsTest} has for one Gaussian of them.
 */
class MixtureDigitsTest {
  private static final double[] MEANS = {.75, 0, -.5, -.5, .25, .5, 0, -1, .25};
  private static final double[] FACTORS = {.5, 1, -.25, 1, -.5, .5, -.25, .5, 1};
  private static final double[] FLOORS = {.5, .25, 1};

  /**
   * Roundings of a row of three directions, each of 2^-24 of the largest number; a mixture's
   * Hessian and covariance have squares of scores of about 3 among them.
   */
  private static final double ROUNDINGS = 64 * 0x1p-24;

  private static GaussianMixture prior(String kind, int count) {
    double[] weights = new double[count];
    Arrays.fill(weights, 1);
    double[] matrices = new double[count * 9];
    for (int at = 0; at < matrices.length; at++) {
      int k = at / 9;
      int i = at % 9 / 3;
      int j = at % 3;
      matrices[at] = FACTORS[k * 3 + i] * FACTORS[k * 3 + j] + (i == j ? FLOORS[k] : 0);
    }
    Covariance covariance =
        kind.equals("full")
            ? new Covariance.Full(matrices)
            : new Covariance.LowRank(
                Arrays.copyOf(FACTORS, count * 3), 1, Arrays.copyOf(FLOORS, count));
    return new GaussianMixture(weights, Arrays.copyOf(MEANS, count * 3), 3, covariance);
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void digitsDoNotDependOnSigma(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 1)) {
      for (OracleLine oracle : OracleLine.of(MixtureDigitsTest.class, "digits/mixtures.txt", 60)) {
        String line = oracle.text();
        double[] values = oracle.numbers();
        check(engine, backend + ": " + line, prior(oracle.kind(), (int) values[1]), values);
      }
    }
  }

  private static void check(Engine engine, String line, GaussianMixture prior, double[] values) {
    Level level = Level.ofSigma(values[2]);
    try (ExactPosterior posterior = ExactPosterior.of(engine, prior);
        PreparedPrior prepared = engine.backend().prepare(prior)) {
      float[] row = {(float) values[3], (float) values[4], (float) values[5]};
      Samples x = engine.samples(row, 1);
      Samples v = engine.samples(new float[] {1, 2, -1}, 1);
      Samples out = engine.samples(1, 3);
      compare("score", line, values, 6, posterior.score(x, level).toDoubles());
      engine.backend().hessianTimes(prepared, level, x, v, out);
      compare("Hessian", line, values, 9, out.toDoubles());
      engine.backend().covarianceTimes(prepared, level, x, v, out);
      compare("covariance", line, values, 12, out.toDoubles());
      compare("trace", line, values, 15, posterior.covarianceTrace(x, level).toDoubles());
    }
  }

  private static void compare(String what, String line, double[] right, int first, double[] found) {
    double largest = 0;
    for (int i = 0; i < found.length; i++) {
      largest = Math.max(largest, Math.abs(right[first + i]));
    }
    for (int i = 0; i < found.length; i++) {
      assertEquals(right[first + i], found[i], ROUNDINGS * largest, what + " of " + line);
    }
  }
}
