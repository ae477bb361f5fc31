package dev.tweedie.curvature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.backend.Backend;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Profiles by draws. */
class SampledProfileTest {
  private static QuadratureProfile exact(Prior prior, double ratio) {
    return new QuadratureProfile(LineMeasure.of(prior), ratio);
  }

  /** Mathematics 2(e)1: Fig 1 by 100,000 draws, within three standard errors of the quadrature. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void figureOneByDraws(String tier) {
    Prior prior = LineExamples.twoPoints();
    List<Level> levels = List.of(Level.of(.71, 1), Level.of(1.5, 1), Level.of(3, 1));
    try (Engine engine = Matrix.open(tier, 2)) {
      for (Profile profile :
          ComplexityProfile.sampled(engine, prior, levels, 100_000, 1).profiles()) {
        SampledProfile found = (SampledProfile) profile;
        Profile exact = exact(prior, found.ratio());
        // 1e-6 where no draw differs, for the float32 of the draws
        for (double u : new double[] {0, .5}) {
          assertEquals(exact.tail(u), found.tail(u), 3 * found.tailError(u) + 1e-6);
          assertEquals(
              exact.survival(1 - u), found.survival(1 - u), 3 * found.survivalError(1 - u) + 1e-6);
        }
        for (double spread : new double[] {1, 2, 5}) {
          assertEquals(
              exact.complexity(spread),
              found.complexity(spread),
              3 * found.complexityError(spread) + 1e-6);
        }
        assertEquals(
            exact.leastTailShare(), found.leastTailShare(), 3 * found.leastTailShareError() + 1e-6);
      }
    }
  }

  /** Against plain sums over the sorted draws. */
  @Test
  void sampledComplexityIsOneMinusTheMeanOfTheLargestShare() {
    double[] values = {.1, .9, .4, .3, .2, .8, .7, .6, .5, .05};
    SampledProfile profile = new SampledProfile(1, values);
    assertEquals((1 - (.9 + .8) / 2) / .5, profile.complexity(5), 1e-12);
    assertEquals((1 - (.9 + .8 + .7 + .6 + .5) / 5) / .5, profile.complexity(2), 1e-12);
    assertEquals((1 - .455) / .5, profile.complexity(1), 1e-12);
    assertEquals(.3, profile.survival(.65), 1e-12);
    SampledProfile above = new SampledProfile(1, new double[] {2, 3, .1, .1});
    assertEquals(-2 * (1 + 2) / 4.0 / .5, above.complexity(2), 1e-12); // delta = 0
  }

  /** Two points in space, 2 apart: along their line what they are on it, and 0 across. */
  @Test
  void twoPointsInSpaceHaveTheProfileOfTwoPointsOnTheLine() {
    double x = 1 / Math.sqrt(3);
    Prior prior = DataSet.of(new double[] {x, -x, x, -x, x, -x}, 3);
    try (Engine engine = Engine.open("java", 2)) {
      List<Level> levels = List.of(Level.of(1.25, 1), Level.of(2, 1));
      ComplexityProfile sampled = ComplexityProfile.sampled(engine, prior, levels, 10_000, 5);
      for (Profile profile : sampled.profiles()) {
        SampledProfile found = (SampledProfile) profile;
        Profile exact = exact(LineExamples.twoPoints(), found.ratio());
        assertEquals(exact.survival(1), found.survival(1), 3 * found.survivalError(1));
        assertEquals(exact.tail(.5), found.tail(.5), 3 * found.tailError(.5));
        assertEquals(exact.complexity(3), found.complexity(3), 3 * found.complexityError(3));
      }
    }
  }

  private static final List<Level> FOUR_LEVELS =
      List.of(Level.of(.1, 1), Level.of(.6, 1), Level.of(1.5, 1), Level.of(60, 1));

  private static Prior manyPoints() {
    SplittableRandom random = new SplittableRandom(4);
    double[] points = new double[300 * 8];
    Arrays.setAll(points, _ -> 3 + random.nextGaussian());
    return DataSet.of(points, 8);
  }

  /** As points, each with the same variance: its share of L, c r^2 / p, must not be forgotten. */
  private static Prior wideComponents() {
    Prior points = manyPoints();
    double[] means = new double[300 * 8];
    double[] weights = new double[300];
    double[] variances = new double[300];
    Arrays.setAll(means, i -> points.mean(i / 8, i % 8));
    Arrays.setAll(weights, k -> 1 + k % 3);
    Arrays.fill(variances, .3);
    return new GaussianMixture(weights, means, 8, new Covariance.Isotropic(variances));
  }

  /**
   * The bound of 2^-10 on a logit's error moves weights, and so L, by the same share of L at most;
   * at the last level those of points are too coarse, and nothing is shared.
   */
  @Test
  void sharedProjectionsGiveTheProfileOfTheOpItself() {
    try (Engine engine = Engine.open("java", 2)) {
      for (Prior prior : List.of(manyPoints(), wideComponents())) {
        List<Profile> apart =
            ComplexityProfile.sampled(engine, prior, FOUR_LEVELS, 1500, 5, false).profiles();
        List<Profile> shared =
            ComplexityProfile.sampled(engine, prior, FOUR_LEVELS, 1500, 5).profiles();
        for (int i = 0; i < FOUR_LEVELS.size(); i++) {
          double largest = apart.get(i).largest();
          double bound = i == 3 && prior instanceof DataSet ? 0 : 0x1p-10 * largest;
          assertEquals(largest, shared.get(i).largest(), bound);
          for (double u : new double[] {0, .3 * largest, .8 * largest}) {
            assertEquals(apart.get(i).excess(u), shared.get(i).excess(u), bound);
          }
        }
      }
    }
  }

  /** Draws, projections, products and the host's part: the same bits on all float32 tiers. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void sampledProfilesAreThoseOfTheScalarTier(String tier) {
    Prior prior = manyPoints();
    try (Engine engine = Matrix.open(tier, 2);
        Engine scalar = Engine.open("java:scalar", 1)) {
      List<Profile> found =
          ComplexityProfile.sampled(engine, prior, FOUR_LEVELS, 100, 5).profiles();
      List<Profile> expected =
          ComplexityProfile.sampled(scalar, prior, FOUR_LEVELS, 100, 5).profiles();
      Backend backend = engine.backend();
      boolean exact = backend.precision() == Precision.FLOAT32 && backend.device().isEmpty();
      for (int i = 0; i < FOUR_LEVELS.size(); i++) {
        // reference rounds its draws elsewhere; it and devices share nothing
        double bound = exact ? 0 : 0x1p-9 * expected.get(i).largest() + 1e-4;
        assertEquals(expected.get(i).largest(), found.get(i).largest(), bound);
        assertEquals(expected.get(i).excess(.5), found.get(i).excess(.5), bound);
        assertEquals(expected.get(i).complexity(2), found.get(i).complexity(2), 2 * bound * 3601);
      }
    }
  }

  @Test
  void sampledProfilesDoNotDependOnThreads() {
    double[] one = complexities(1);
    double[] two = complexities(2);
    assertArrayEquals(one, two);
  }

  private static double[] complexities(int threads) {
    try (Engine engine = Engine.open("java", threads)) {
      return ComplexityProfile.sampled(engine, manyPoints(), FOUR_LEVELS, 500, 3)
          .profiles()
          .stream()
          .mapToDouble(profile -> profile.complexity(2))
          .toArray();
    }
  }
}
