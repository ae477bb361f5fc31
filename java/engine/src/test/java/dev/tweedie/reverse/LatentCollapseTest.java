package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Li et al. 2024 train with one fresh latent eta an example and the mean squared error. Its least
 * is E[eps | x_t], which ignores eta: what a fit gives to eta must be rounding of the sample. It
 * would not be if a seed's latent noise shared numbers with its forward noise.
 */
class LatentCollapseTest {
  private static final int ROWS = 200_000;
  private static final int FEATURES = 6;
  private static final int FIRST_WITH_ETA = 3;

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void aFitOfOneLatentAnExampleIgnoresTheLatent(String tier) {
    try (Engine engine = Matrix.open(tier, 1)) {
      double[] eps = normal(engine, Streams.FORWARD);
      double[] eta = normal(engine, Streams.LATENT);
      double[] largest = ratios(eps, eta);
      for (int f = FIRST_WITH_ETA; f < FEATURES; f++) {
        assertTrue(largest[f] <= 5, "feature " + f + ": " + largest[f] + " standard errors");
      }
      // The fit sees what is there: eps follows x, and a latent that knows eps.
      assertTrue(largest[1] > 100, "x: " + largest[1]);
      assertTrue(ratios(eps, eps)[FIRST_WITH_ETA] > 100);
    }
  }

  private static double[] normal(Engine engine, int stream) {
    Samples out = engine.samples(ROWS, 1);
    engine.run(() -> engine.backend().normal(NoiseAddress.of(3, stream, 0), out));
    return out.toDoubles();
  }

  /** Least squares of eps on features of x_t and eta: coefficients over their standard errors. */
  private static double[] ratios(double[] eps, double[] eta) {
    var gram = new DMatrixRMaj(FEATURES, FEATURES);
    var right = new DMatrixRMaj(FEATURES, 1);
    double squares = 0;
    for (int i = 0; i < ROWS; i++) {
      double x = .8 * (i % 2 == 0 ? 1 : -1) + .6 * eps[i];
      double[] features = {1, x, Math.tanh(3 * x), eta[i], eta[i] * x, eta[i] * Math.tanh(3 * x)};
      for (int f = 0; f < FEATURES; f++) {
        right.add(f, 0, features[f] * eps[i]);
        for (int g = 0; g < FEATURES; g++) {
          gram.add(f, g, features[f] * features[g]);
        }
      }
      squares += eps[i] * eps[i];
    }
    CommonOps_DDRM.invert(gram);
    var fit = new DMatrixRMaj(FEATURES, 1);
    CommonOps_DDRM.mult(gram, right, fit);
    double variance = squares / ROWS;
    for (int f = 0; f < FEATURES; f++) {
      variance -= fit.get(f) * right.get(f) / ROWS;
    }
    double[] ratios = new double[FEATURES];
    for (int f = 0; f < FEATURES; f++) {
      // A perfect fit leaves rounding, of either sign.
      ratios[f] = Math.abs(fit.get(f)) / Math.sqrt(Math.max(variance, 1e-12) * gram.get(f, f));
    }
    return ratios;
  }
}
