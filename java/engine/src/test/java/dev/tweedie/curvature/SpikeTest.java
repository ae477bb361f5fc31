package dev.tweedie.curvature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Covariances that are the unit matrix but for one direction, in 784 dimensions. A first residual
 * is then as small as the direction's share of the start times what it stands out by, which is no
 * reason to stop. What is right follows from the variances by hand: at sigma = 1000 the posterior's
 * are {@code s^2 c / (c + s^2)}; of c = 1.1, 1.09999879.
 */
class SpikeTest {
  private static final int DIM = 784;
  private static final Level LEVEL = Level.of(1, 1000);

  private static double posterior(double c) {
    return 1e6 * c / (c + 1e6);
  }

  private static double top(Engine engine, GaussianMixture prior) {
    float[] row = new float[DIM];
    Arrays.fill(row, 0.5f);
    try (ExactPosterior posterior = ExactPosterior.of(engine, prior)) {
      Samples x = engine.samples(row, 1);
      TopEigenvalue top = new Curvature(posterior, LEVEL).topEigenvalues(x).getFirst();
      assertTrue(top.missed() >= 0, top.toString());
      return top.value();
    }
  }

  /** Components with the same mean: their mixture's covariance is theirs. */
  private static GaussianMixture mixture(int components, double[] variances) {
    double[] weights = new double[components];
    Arrays.fill(weights, 1);
    double[] all = new double[components * DIM];
    for (int i = 0; i < all.length; i++) {
      all[i] = variances[i % DIM];
    }
    return new GaussianMixture(
        weights, new double[components * DIM], DIM, new Covariance.Diagonal(all));
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void anAxisThatStandsOutIsFound(String backend) {
    try (Engine engine = Matrix.open(backend, 1)) {
      boolean wide = engine.backend().precision() == Precision.FLOAT64;
      for (int components : new int[] {1, 2}) {
        for (double spike : new double[] {.1, 1e-3, 1e-5}) {
          for (int axis : new int[] {0, 1, 96, 500, DIM - 1}) {
            double[] variances = new double[DIM];
            Arrays.fill(variances, 1);
            variances[axis] += spike;
            double found = top(engine, mixture(components, variances));
            // float32: some roundings of 2^-24 a product, a tenth of the least spike
            double tolerance = wide || components == 1 ? 1e-12 : 1e-6;
            String what = components + " components, axis " + axis + ", spike " + spike;
            assertEquals(posterior(1 + spike), found, tolerance, what);
          }
        }
      }
    }
  }

  /** A direction across all axes, which only the random part of the start sees. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void aDirectionAcrossTheAxesIsFound(String backend) {
    try (Engine engine = Matrix.open(backend, 1)) {
      boolean wide = engine.backend().precision() == Precision.FLOAT64;
      SplittableRandom random = new SplittableRandom(3);
      for (double spike : new double[] {.1, 1e-2}) {
        for (int trial = 0; trial < 5; trial++) {
          double[] factors = new double[2 * DIM];
          double squares = 0;
          for (int j = 0; j < DIM; j++) {
            factors[j] = random.nextGaussian();
            squares += factors[j] * factors[j];
          }
          for (int j = 0; j < DIM; j++) {
            factors[j] *= Math.sqrt(spike / squares);
            factors[DIM + j] = factors[j];
          }
          var prior =
              new GaussianMixture(
                  new double[] {.5, .5},
                  new double[2 * DIM],
                  DIM,
                  new Covariance.LowRank(factors, 1, new double[] {1, 1}));
          double found = top(engine, prior);
          assertEquals(posterior(1 + spike), found, wide ? 1e-11 : 2e-6, "spike " + spike);
        }
      }
    }
  }

  /** On a line every start is plus or minus the one axis. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void onALineTheEigenvalueIsTheVariance(String backend) {
    try (Engine engine = Matrix.open(backend, 1)) {
      var spread = new Covariance.Diagonal(new double[] {1, 1});
      var prior = new GaussianMixture(new double[] {.5, .5}, new double[2], 1, spread);
      Curvature curvature = new Curvature(ExactPosterior.of(engine, prior), LEVEL);
      Samples x = engine.samples(new float[] {-2, -1, -.5f, .25f, 1, 3, 4, 5}, 8);
      for (TopEigenvalue top : curvature.topEigenvalues(x)) {
        assertEquals(posterior(1), top.value(), 1e-6);
      }
    }
  }

  /** Two means 2 apart along an axis: their scatter adds to a variance that is nowhere else. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void whatMeansAddIsFound(String backend) {
    try (Engine engine = Matrix.open(backend, 1)) {
      double[] means = new double[2 * DIM];
      means[96] = 1;
      means[DIM + 96] = -1;
      double[] weights = {.5, .5};
      var prior =
          new GaussianMixture(weights, means, DIM, new Covariance.Isotropic(new double[] {1, 1}));
      // M_k = m (1 - 1 / (1 + s^2)) + ..., responsibilities 1 / 2 but for 1e-6
      double apart = 1 - 1 / (1 + 1e6);
      assertEquals(posterior(1) + apart * apart, top(engine, prior), 3e-6);
    }
  }
}
