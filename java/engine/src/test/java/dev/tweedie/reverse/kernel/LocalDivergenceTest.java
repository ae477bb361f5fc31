package dev.tweedie.reverse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.metric.Estimate;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LocalDivergenceTest {
  private static GaussianMixture twoModes(double distance) {
    return new GaussianMixture(
        new double[] {.5, .5},
        new double[] {-distance / 2, distance / 2},
        1,
        new Covariance.Isotropic(new double[] {.01, .01}));
  }

  /** Over the steps 2 .. T. */
  private static double sum(double distance, int steps, GaussianKernel gaussian) {
    Schedule schedule = Schedules.vpCosine(steps);
    double sum = 0;
    for (int i = 1; i < steps; i++) {
      ReverseMixture kernel =
          new ReverseMixture(twoModes(distance), schedule.level(i), schedule.below(i));
      sum += LocalDivergence.quadrature(kernel).of(gaussian).value();
    }
    return sum;
  }

  /** Section 5(d) of the mathematics, printed with three digits: half a unit of the last. */
  @ParameterizedTest
  @CsvSource({
    "1, .107, .167, .014, .0005",
    "4, .634, 1.225, .239, .0006",
    "16, 4.20, 4.69, .548, .005",
    "64, 63.9, 74.4, 1.87, .05"
  })
  void goldenNumbersOfFourSteps(
      double distance, double beta, double betaTilde, double best, double tolerance) {
    assertEquals(beta, sum(distance, 4, GaussianKernel.BETA), tolerance);
    assertEquals(betaTilde, sum(distance, 4, GaussianKernel.BETA_TILDE), tolerance);
    assertEquals(best, sum(distance, 4, GaussianKernel.FULL_COVARIANCE), tolerance);
  }

  /** Acceptance check: no bound for a fixed variance; logarithmic growth for the best Gaussian. */
  @Test
  void aFixedVarianceGrowsWithoutBoundTheBestGaussianSlowly() {
    double fixed = sum(64, 4, GaussianKernel.BETA) / sum(16, 4, GaussianKernel.BETA);
    double best =
        sum(64, 4, GaussianKernel.FULL_COVARIANCE) / sum(16, 4, GaussianKernel.FULL_COVARIANCE);
    assertTrue(fixed >= 10, "fixed variance grows by " + fixed);
    assertTrue(best <= 5, "best Gaussian grows by " + best);
  }

  private static final Level FROM = Level.ofAbar(.3);
  private static final Level TO = Level.ofAbar(.7);

  /** The two ways share no numbers: four standard errors. */
  @ParameterizedTest
  @EnumSource
  void drawsAgreeWithQuadrature(GaussianKernel gaussian) {
    ReverseMixture kernel = new ReverseMixture(twoModes(2), FROM, TO);
    double exact = LocalDivergence.quadrature(kernel).of(gaussian).value();
    Estimate drawn = LocalDivergence.monteCarlo(kernel, 40_000, 3).of(gaussian);
    assertEquals(exact, drawn.value(), 4 * drawn.standardError());
    assertTrue(drawn.standardError() < .02 * Math.max(exact, 1), drawn.toString());
  }

  /** Independent coordinates: a product of two equal priors has twice the divergence. */
  @Test
  void divergenceOfAProductIsTheSum() {
    double[] corners = {-1, -1, -1, 1, 1, -1, 1, 1};
    GaussianMixture square =
        new GaussianMixture(
            new double[] {1, 1, 1, 1},
            corners,
            2,
            new Covariance.Isotropic(new double[] {.01, .01, .01, .01}));
    LocalDivergence one = LocalDivergence.quadrature(new ReverseMixture(twoModes(2), FROM, TO));
    LocalDivergence two =
        LocalDivergence.monteCarlo(new ReverseMixture(square, FROM, TO), 40_000, 4);
    for (GaussianKernel gaussian : GaussianKernel.values()) {
      Estimate drawn = two.of(gaussian);
      assertEquals(
          2 * one.of(gaussian).value(),
          drawn.value(),
          4 * drawn.standardError(),
          gaussian.toString());
    }
  }

  /** Better kernels by construction: each is the least of a larger family. */
  @Test
  void moreFreedomIsNeverWorseAndAGaussianNeedsNone() {
    LocalDivergence two = LocalDivergence.quadrature(new ReverseMixture(twoModes(2), FROM, TO));
    double full = two.of(GaussianKernel.FULL_COVARIANCE).value();
    double isotropic = two.of(GaussianKernel.BEST_ISOTROPIC).value();
    assertTrue(0 < full && full < isotropic);
    assertTrue(isotropic < two.of(GaussianKernel.BETA).value());
    assertTrue(isotropic < two.of(GaussianKernel.BETA_TILDE).value());

    GaussianMixture one =
        new GaussianMixture(
            new double[] {1}, new double[1], 1, new Covariance.Isotropic(new double[] {1}));
    LocalDivergence unit = LocalDivergence.quadrature(new ReverseMixture(one, FROM, TO));
    // Data of variance 1: beta is the exact variance (Ho et al. 2020, section 3.2).
    assertEquals(0, unit.of(GaussianKernel.BETA).value(), 1e-12);
    assertEquals(0, unit.of(GaussianKernel.BEST_ISOTROPIC).value(), 1e-12);
    assertEquals(0, unit.of(GaussianKernel.FULL_COVARIANCE).value(), 1e-12);
    assertTrue(unit.of(GaussianKernel.BETA_TILDE).value() > .01);
  }

  @Test
  void badInputIsOneClearLine() {
    ReverseMixture clean = new ReverseMixture(twoModes(2), FROM, Level.CLEAN);
    assertThrows(InvalidInputException.class, () -> LocalDivergence.quadrature(clean));
    ReverseMixture plane = new ReverseMixture(Builtin.parse("grid49"), FROM, TO);
    assertThrows(InvalidInputException.class, () -> LocalDivergence.quadrature(plane));
    assertThrows(InvalidInputException.class, () -> LocalDivergence.monteCarlo(plane, 1, 0));
  }
}
