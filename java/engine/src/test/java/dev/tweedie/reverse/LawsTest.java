package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.metric.ModeWeights;
import dev.tweedie.metric.Wasserstein;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Schedules;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Laws of samples from priors of several modes, where Gaussian steps fail and the exact one does
 * not: the acceptance checks of the kernels of Li et al. 2024, in either precision.
 */
class LawsTest {
  private static final GaussianMixture GRID = (GaussianMixture) Builtin.parse("grid49");

  private static ModeWeights gridBy(Engine engine, String sampler, int steps) {
    return ModeWeights.of(
        Samplers.parse(sampler)
            .sample(ExactPosterior.of(engine, GRID), Schedules.vpCosine(steps), 0, 4000, 11),
        GRID);
  }

  private static double[] line(Engine engine, String sampler, int steps, int rows) {
    return Samplers.parse(sampler)
        .sample(
            ExactPosterior.of(engine, Builtin.parse("bimodal")),
            Schedules.vpCosine(steps),
            0,
            rows,
            12)
        .toDoubles();
  }

  /** W2 between |x| and the right half of the law, from as many draws of the platform's own. */
  private static double foldedW2(double[] x) {
    Random random = new Random(13);
    double[] exact = new double[x.length];
    Arrays.setAll(exact, i -> 1 + .1 * random.nextGaussian());
    return Wasserstein.folded(x, exact);
  }

  static Stream<Arguments> precisionsAndSteps() {
    return Matrix.precisions()
        .flatMap(tier -> Stream.of(1, 2, 10).map(steps -> Arguments.of(tier, steps)));
  }

  /** Bounds of the published comparison: floors at n are .0003 (Gaussian tails) and .04 to .05. */
  @ParameterizedTest
  @MethodSource("precisionsAndSteps")
  void exactKernelIsRightInAnyNumberOfSteps(String tier, int steps) {
    try (Engine engine = Matrix.open(tier, 2)) {
      ModeWeights modes = gridBy(engine, "mixture", steps);
      assertTrue(modes.offModes() <= .005 && modes.totalVariation() <= .07, modes.toString());
      double w2 = foldedW2(line(engine, "mixture", steps, 100_000));
      assertTrue(w2 <= .003, "folded W2 " + w2);
    }
  }

  @Test
  void exactKernelGivesBothModesTheirShare() {
    try (Engine engine = Engine.open("reference", 2)) {
      double[] x = line(engine, "mixture", 1, 100_000);
      double share = Arrays.stream(x).filter(v -> v > 0).count() / 1e5;
      assertEquals(.5, share, 4 * .5 / Math.sqrt(1e5), "four standard errors");
    }
  }

  /** What the exact kernel is for: few Gaussian steps miss the modes, many find them. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void ddpmNeedsManySteps(String tier) {
    try (Engine engine = Matrix.open(tier, 2)) {
      ModeWeights few = gridBy(engine, "ddpm", 5);
      assertTrue(few.offModes() >= .4, few.toString());
      double w2 = foldedW2(line(engine, "ddpm", 5, 20_000));
      assertTrue(w2 >= .1, "folded W2 " + w2);
      ModeWeights many = gridBy(engine, "ddpm", 100);
      assertTrue(many.offModes() <= .02, many.toString());
      w2 = foldedW2(line(engine, "ddpm", 100, 20_000));
      assertTrue(w2 <= .02, "folded W2 " + w2);
    }
  }
}
