package dev.tweedie.curvature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileTest {
  /** Half of the last decimal printed in a table of three decimals. */
  private static final double THREE_DECIMALS = 5e-4 + 1e-9;

  /** Of eight decimals, plus what the quadrature may be off. */
  private static final double EIGHT_DECIMALS = 1e-8;

  private static QuadratureProfile profile(Prior prior, double ratio) {
    return new QuadratureProfile(LineMeasure.of(prior), ratio);
  }

  private static Profile atTime(Prior prior, double time) {
    Level level = Level.ofOuTime(time);
    return profile(prior, level.alpha() / level.sigma());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, .12851320, .44959951, 0, .42282511",
    "1.25, .07247749, .21227214, .47925763, .20780147, .36271561",
    "1.5, .12864612, .23944390, .44379563, .17922796, .27423251",
    "2, .12752521, .17848533, .27438964, .08595096, .12289047",
    "3, .02366412, .02819673, .03735972, .00775668, .01084979"
  })
  void twoPointsByQuadrature(
      double r, double h0, double hHalf, double h1, double s1, double sHalf) {
    Profile profile = profile(LineExamples.twoPoints(), r);
    assertEquals(h0, profile.tail(0), EIGHT_DECIMALS);
    assertEquals(hHalf, profile.tail(.5), EIGHT_DECIMALS);
    assertEquals(h1, profile.tail(1), EIGHT_DECIMALS);
    assertEquals(s1, profile.survival(1), EIGHT_DECIMALS);
    assertEquals(sHalf, profile.survival(.5), EIGHT_DECIMALS);
    assertEquals(r * r, profile.largest(), 1e-12 * r * r);
  }

  /** {@code s_r(u) = Phi(c + r) + Phi(c - r) - 1}. */
  @ParameterizedTest
  @ValueSource(doubles = {.71, 1.5, 3, 10})
  void survivalOfTwoPointsHasItsClosedForm(double r) {
    Profile profile = profile(LineExamples.twoPoints(), r);
    for (double share : new double[] {1e-6, .1, .5, .9}) {
      double u = share * r * r;
      double q = Math.sqrt(r * r - u);
      double c = (2 * Math.log(r + q) - Math.log(u)) / (2 * r);
      double survival = NormalLaw.cdf(c + r) - NormalLaw.cdf(r - c);
      assertEquals(survival, profile.survival(u), 1e-10);
    }
  }

  /** The paper's Fig 1 to the digits that are exact; s(.5) at r = .71 is .0789, printed as 0. */
  @ParameterizedTest
  @CsvSource({
    ".71, 0, .0002, 0, .0789",
    "1.5, .1286, .2394, .1792, .2742",
    "3, .0237, .0282, .0078, .0108"
  })
  void figureOneByQuadrature(double r, double h0, double hHalf, double s1, double sHalf) {
    Profile exact = profile(LineExamples.twoPoints(), r);
    assertEquals(h0, exact.tail(0), 5e-4);
    assertEquals(hHalf, exact.tail(.5), 5e-4);
    assertEquals(s1, exact.survival(1), 5e-4);
    assertEquals(sHalf, exact.survival(.5), 5e-4);
  }

  @Test
  void complexityOfTwoPoints() {
    Prior prior = LineExamples.twoPoints();
    complexity(prior, .1, 4.251, 2.988, 1.740, .524, -.649);
    complexity(prior, .2, 1.638, .348, -.624, -1.300, -1.763);
    complexity(prior, .3, 1.173, .391, .015, -.171, -.271);
    complexity(prior, 1, 1.000, .980, .977, .977, .976);
  }

  @Test
  void complexityOfHalfAPoint() {
    Prior prior = LineExamples.halfPoint();
    complexity(prior, .1, 2.214, .624, -.143, -.501, -.743);
    complexity(prior, .5, 1.229, 1.149, 1.095, 1.056, 1.027);
    assertEquals(-3.172, atTime(prior, .05).complexity(5), THREE_DECIMALS);
    assertEquals(.624, atTime(prior, .1).complexity(2), THREE_DECIMALS);
  }

  @Test
  void complexityOfFourComponents() {
    Prior prior = LineExamples.fourComponents();
    complexity(prior, .1, .686, .054, -.285, -.497, -.647);
    complexity(prior, .5, .447, .166, -.046, -.247, -.434);
    complexity(prior, 1, .550, .326, .226, .179, .155);
  }

  /** zeta*_M of M = 1 to 5. */
  private static void complexity(Prior prior, double time, double... golden) {
    Profile profile = atTime(prior, time);
    for (int i = 0; i < golden.length; i++) {
      assertEquals(golden[i], profile.complexity(i + 1), THREE_DECIMALS, "M = " + (i + 1));
    }
  }

  /** The tail mean is the largest value over delta: a scan of 201 finds no more, and nearly it. */
  @ParameterizedTest
  @ValueSource(doubles = {.1, .2, .3, .5, 1})
  void complexityIsTheLargestOverDelta(double time) {
    for (Prior prior :
        List.of(
            LineExamples.twoPoints(), LineExamples.halfPoint(), LineExamples.fourComponents())) {
      Profile profile = atTime(prior, time);
      for (int spread = 1; spread <= 5; spread++) {
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i <= 200; i++) {
          double delta = i / 200.0;
          best = Math.max(best, (delta - spread * profile.tail(delta)) / profile.noiseVariance());
        }
        double found = profile.complexity(spread);
        assertTrue(found >= best - 1e-9, found + " below " + best);
        assertEquals(best, found, 5e-3); // the grid's own error
      }
    }
  }

  @Test
  void closedFormsOfAPointANormalAndTheirCriticalRatio() {
    double time = .3;
    double noise = -Math.expm1(-2 * time);
    double r2 = (1 - noise) / noise;
    Profile point = atTime(LineExamples.normal(2, 0), time);
    assertEquals(0, point.largest(), 1e-12);
    assertEquals(1 / noise, point.complexity(Double.POSITIVE_INFINITY), 1e-10);
    assertEquals(1 / noise, point.complexity(3), 1e-10);
    double variance = 1.7;
    Profile normal = atTime(LineExamples.normal(-1, variance), time);
    double localisation = variance * r2 / (variance * r2 + 1);
    assertEquals(localisation, normal.largest(), 1e-12);
    assertEquals(1 / (variance * r2 + 1), normal.leastTailDelta(), 1e-12);
    assertEquals(0, normal.leastTailShare());
    double zeta = 1 / (1 + Math.exp(-2 * time) * (variance - 1));
    assertEquals(zeta, normal.complexity(Double.POSITIVE_INFINITY), 1e-10);
    assertEquals(zeta, normal.complexity(4), 1e-10);
    assertEquals(time, normal.ouTime(), 1e-14);
    assertEquals(
        Double.POSITIVE_INFINITY,
        ComplexityProfile.criticalRatio(LineMeasure.of(LineExamples.normal(0, 1))));
  }

  @Test
  void uniformIsLogConcaveAndItsLargestLocalisationIsPublished() {
    LineMeasure uniform = LineMeasure.uniform(-1, 1);
    assertEquals(.395, new QuadratureProfile(uniform, 1.2).largest(), THREE_DECIMALS);
    assertEquals(.867, new QuadratureProfile(uniform, 2.3).largest(), THREE_DECIMALS);
    // twice as wide and elsewhere, at half the ratio
    QuadratureProfile moved = new QuadratureProfile(LineMeasure.uniform(4, 8), .6);
    assertEquals(new QuadratureProfile(uniform, 1.2).largest(), moved.largest(), 1e-12);
    assertEquals(1, moved.survival(0), 1e-12);
  }

  /**
   * Many points fill the interval: two independent formulas. The midpoint rule is off by (r slope
   * h)^2 / 24 with a slope of the logarithm of at most 12 and h = .001: 3e-5.
   */
  @Test
  void uniformIsTheLimitOfPoints() {
    int count = 2000;
    double[] points = new double[count];
    for (int i = 0; i < count; i++) {
      points[i] = (2 * i + 1.0) / count - 1;
    }
    LineMeasure.Smoothed dense = LineMeasure.of(DataSet.of(points, 1)).smoothed(2.3);
    LineMeasure.Smoothed uniform = LineMeasure.uniform(-1, 1).smoothed(2.3);
    for (double y : new double[] {-9, -3, -1, 0, .5, 2.2, 2.4, 4, 8}) {
      LineMeasure.Point expected = dense.at(y);
      LineMeasure.Point found = uniform.at(y);
      assertEquals(1, found.density() / expected.density(), 1e-4);
      assertEquals(expected.mean(), found.mean(), 1e-4);
      assertEquals(expected.localisation(), found.localisation(), 1e-4);
    }
  }

  @Test
  void criticalRatios() {
    assertEquals(
        1, ComplexityProfile.criticalRatio(LineMeasure.of(LineExamples.twoPoints())), 1e-6);
    assertEquals(
        1.50030, ComplexityProfile.criticalRatio(LineMeasure.of(LineExamples.halfPoint())), 5e-6);
    assertEquals(
        .42775,
        ComplexityProfile.criticalRatio(LineMeasure.of(LineExamples.fourComponents())),
        5e-6);
    // two unit variances 8 apart: what Fig 10 seems to show
    Prior apart =
        LineExamples.mixture(new double[] {1, 1}, new double[] {-4, 4}, new double[] {1, 1});
    assertEquals(1 / Math.sqrt(15), ComplexityProfile.criticalRatio(LineMeasure.of(apart)), 1e-6);
  }

  @Test
  void leastTailShareOfHalfAPointTendsToOneHalf() {
    assertEquals(.5390, profile(LineExamples.halfPoint(), 50).leastTailShare(), 5e-5);
    assertEquals(.5066, profile(LineExamples.halfPoint(), 500).leastTailShare(), 5e-5);
    assertEquals(0, atTime(LineExamples.halfPoint(), .1839).leastTailShare());
    assertTrue(atTime(LineExamples.halfPoint(), .1837).leastTailShare() > 0);
  }

  @Test
  void bottleneckOfTwoPoints() {
    List<Level> levels = List.of(.15, .175, .2, .225, .25).stream().map(Level::ofOuTime).toList();
    ComplexityProfile profile =
        ComplexityProfile.of(LineMeasure.of(LineExamples.twoPoints()), levels);
    assertEquals(.225, profile.bottleneck(2).ouTime(), 1e-12);
    assertEquals(.289, profile.bottleneck(2).complexity(2), THREE_DECIMALS);
    assertEquals(.175, profile.bottleneck(3).ouTime(), 1e-12);
    assertEquals(-.642, profile.bottleneck(3).complexity(3), THREE_DECIMALS);
    double largest =
        profile.profiles().stream().mapToDouble(Profile::leastTailShare).max().orElseThrow();
    assertEquals(.431, largest, THREE_DECIMALS);
  }

  @Test
  void refusesBadInput() {
    Profile profile = profile(LineExamples.twoPoints(), 1);
    refuses("M: found 0.5, allowed: a number >= 1", () -> profile.complexity(.5));
    refuses("M: found NaN, allowed: a number >= 1", () -> profile.complexity(Double.NaN));
    refuses("delta: found 1.5, allowed: 0 to 1", () -> profile.tail(1.5));
    refuses("delta: found 0, allowed: 0 < delta <= 1", () -> profile.tailShare(0));
    refuses(
        "ratio: found 0.0, allowed: a finite number > 0 (alpha / sigma)",
        () -> new SampledProfile(0, new double[] {1}));
    refuses(
        "profile: found no draws, allowed: at least 1", () -> new SampledProfile(1, new double[0]));
    refuses(
        "prior: found dimension 3, allowed: 1",
        () -> LineMeasure.of(Builtin.parse("three-gaussians")));
    refuses(
        "uniform: found [1.0, 1.0], allowed: finite ends, low < high",
        () -> LineMeasure.uniform(1, 1));
  }

  private static void refuses(String line, Executable call) {
    assertEquals(line, assertThrows(InvalidInputException.class, call).getMessage());
  }
}
