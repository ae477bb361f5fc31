package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Derivatives of denoiser and score in float64, against closed forms and finite differences. */
class JacobianTest {
  private static final Level LEVEL = Level.of(.8, .6);
  private static final double[] X = {.3, -.2, .9, 1.1, .4, -.7};
  private static final double[] V = {1, -2, .5, .3, .7, -1};
  private static final double[] U = {-.4, .6, 2, 1, -1.5, .2};

  /**
   * Central differences err by a sixth of this squared times the third derivative, here under 50.
   */
  private static final double H = 1e-4;

  private static final double TOLERANCE = 1e-6;

  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 2);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private ExactPosterior mixture() {
    return ExactPosterior.of(
        engine,
        new GaussianMixture(
            new double[] {.4, .6},
            new double[] {1, -1, 0, .5, 2, -.3},
            3,
            new Covariance.Diagonal(new double[] {.1, .4, .2, .3, .05, .6})));
  }

  private double[] jacobian(ExactPosterior posterior, double[] v) {
    Samples out = engine.samples(v, 2); // in place
    posterior.jacobianTimes(engine.samples(X, 2), LEVEL, out, out);
    return out.toDoubles();
  }

  private double[] difference(BiFunction<Samples, Level, Samples> of) {
    double[] low = X.clone();
    double[] high = X.clone();
    for (int i = 0; i < X.length; i++) {
      low[i] -= H * V[i];
      high[i] += H * V[i];
    }
    double[] slope = of.apply(engine.samples(high, 2), LEVEL).toDoubles();
    double[] below = of.apply(engine.samples(low, 2), LEVEL).toDoubles();
    for (int i = 0; i < slope.length; i++) {
      slope[i] = (slope[i] - below[i]) / (2 * H);
    }
    return slope;
  }

  @Test
  void theDenoisersIsItsFiniteDifference() {
    ExactPosterior posterior = mixture();
    assertArrayEquals(difference(posterior::denoise), jacobian(posterior, V), TOLERANCE);
  }

  @Test
  void theScoresIsItsFiniteDifference() {
    ExactPosterior posterior = mixture();
    Samples out = engine.samples(2, 3);
    posterior.hessianTimes(engine.samples(X, 2), LEVEL, engine.samples(V, 2), out);
    assertArrayEquals(difference(posterior::score), out.toDoubles(), 10 * TOLERANCE); // / sigma^2
  }

  /** u'(J v) = v'(J u): the product from the other side. */
  @Test
  void theDenoisersIsSymmetric() {
    double[] right = jacobian(mixture(), V);
    double[] left = jacobian(mixture(), U);
    for (int row = 0; row < 2; row++) {
      double one = 0;
      double other = 0;
      for (int j = 3 * row; j < 3 * row + 3; j++) {
        one += U[j] * right[j];
        other += V[j] * left[j];
      }
      assertEquals(one, other, 1e-14);
    }
  }

  /** Of one Gaussian the denoiser is linear: a c / (a^2 c + s^2), here .8 * .25 / (.16 + .36). */
  @Test
  void ofAGaussianItIsTheWienerGain() {
    var prior =
        new GaussianMixture(
            new double[] {1}, new double[3], 3, new Covariance.Isotropic(new double[] {.25}));
    double[] found = jacobian(ExactPosterior.of(engine, prior), V);
    for (int i = 0; i < V.length; i++) {
      assertEquals(.2 / .52 * V[i], found[i], 1e-14);
    }
  }
}
