package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of the samplers on a Gaussian prior, where every step is linear. */
class GaussianTest {
  private static final int ROWS = 40_000;

  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 2);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private ExactPosterior gaussian(double mean, double variance) {
    return ExactPosterior.of(
        engine,
        new GaussianMixture(
            new double[] {1},
            new double[] {mean},
            1,
            new Covariance.Isotropic(new double[] {variance})));
  }

  /** Mean and variance of x after each step, from the step's own formula in Ho et al. */
  private static double[] moments(Schedule schedule, double m, double c, boolean transition) {
    double mean = 0;
    double variance = 1;
    for (int i = schedule.size() - 1; i >= 0; i--) {
      Level t = schedule.level(i);
      Level u = schedule.below(i);
      double p = t.alpha() * t.alpha() * c + t.sigma() * t.sigma();
      double ratio = t.alpha() / u.alpha();
      double v = t.sigma() * t.sigma() - ratio * ratio * u.sigma() * u.sigma();
      double ofX = ratio * Math.pow(u.sigma() / t.sigma(), 2);
      double ofD = u.alpha() * v / Math.pow(t.sigma(), 2);
      double gain = t.alpha() * c / p;
      double slope = ofX + ofD * gain;
      double noise = i == 0 ? 0 : transition ? v : v * Math.pow(u.sigma() / t.sigma(), 2);
      mean = slope * mean + ofD * (m - gain * t.alpha() * m);
      variance = slope * slope * variance + noise;
    }
    return new double[] {mean, variance};
  }

  /** Four standard errors of n draws: one run in 16,000 fails by chance, and the seed is fixed. */
  @ParameterizedTest
  @CsvSource({"ddpm, 5", "ddpm, 50", "ddpm:beta, 5", "ddpm:beta, 50"})
  void ddpmHasTheMomentsOfItsLinearRecursion(String name, int steps) {
    Schedule schedule = Schedules.vpCosine(200).respace(steps);
    double[] expected = moments(schedule, .7, .3, name.endsWith("beta"));
    double[] x = Samplers.parse(name).sample(gaussian(.7, .3), schedule, 0, ROWS, 6).toDoubles();
    assertEquals(expected[0], SampleMoments.mean(x), 4 * Math.sqrt(expected[1] / ROWS), "mean");
    assertEquals(1, SampleMoments.variance(x) / expected[1], 4 * Math.sqrt(2. / ROWS), "variance");
  }

  /**
   * For data of variance 1 beta is the exact variance, so only the noiseless last step is short.
   */
  @Test
  void transitionVarianceIsExactForUnitVariance() {
    Schedule schedule = Schedules.vpCosine(20);
    Level last = schedule.level(0);
    double[] recursion = moments(schedule, 0, 1, true);
    assertEquals(Math.pow(last.alpha(), 2), recursion[1], 1e-12, "D = alpha x");
    double[] x =
        Samplers.parse("ddpm:beta").sample(gaussian(0, 1), schedule, 0, ROWS, 7).toDoubles();
    assertEquals(1, SampleMoments.variance(x) / recursion[1], 4 * Math.sqrt(2. / ROWS));
  }

  /** Many small steps: the law of the data, not of a narrower or wider one. */
  @ParameterizedTest
  @ValueSource(strings = {"ancestral", "ddpm"})
  void ancestralKeepsTheMarginalVariance(String name) {
    // The start lacks the data's variance .3 against 20^2: under 1e-3 of it is left in the end.
    Schedule schedule = Schedules.karras(400, .002, 20, 7);
    double[] x =
        Samplers.parse(name).sample(gaussian(.7, .3), schedule, 0, ROWS / 4, 8).toDoubles();
    assertEquals(.7, SampleMoments.mean(x), 4 * Math.sqrt(.3 * 4 / ROWS) + .7 * 1e-3, "mean");
    // Discretisation at 400 steps takes 1.5 % by the recursion; the rest is four standard errors.
    assertEquals(.3, SampleMoments.variance(x), .3 * (.015 + 4 * Math.sqrt(8. / ROWS)), "variance");
  }

  /** The exact kernel is exact at any number of steps: also at one, and through the last step. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 20})
  void mixtureHasTheMomentsOfTheData(int steps) {
    Schedule schedule = Schedules.vpLinear(1000, 1e-4, .02).respace(steps);
    double[] x =
        Samplers.parse("mixture").sample(gaussian(.7, .3), schedule, 0, ROWS, 9).toDoubles();
    // The start lacks alpha_T = 0.0064 of the mean, and that times .0064 stays in x_0.
    assertEquals(.7, SampleMoments.mean(x), 4 * Math.sqrt(.3 / ROWS) + 1e-4, "mean");
    assertEquals(1, SampleMoments.variance(x) / .3, 4 * Math.sqrt(2. / ROWS) + 1e-4, "variance");
  }

  /**
   * The chain telescopes to the conditional mean, whatever the schedule and wherever it starts: to
   * relative squared 1e-20 in float64; in float32 to 1e-10, a thousand roundings of 2^-24 in a row.
   * Measured at 1000 levels: 2e-30 and 6e-13.
   */
  @ParameterizedTest
  @ValueSource(ints = {5, 10, 50, 100, 300, 1000})
  void truncatedChainIsTheConditionalMean(int levels) {
    for (Tier tier : Backends.tiers()) {
      if (tier.reason().isEmpty()) {
        try (Engine each = Engine.open(tier.name(), 1)) {
          double allowed = each.backend().precision() == Precision.FLOAT64 ? 1e-20 : 1e-10;
          double found = distanceFromConditionalMean(each, Schedules.fesl(levels));
          assertTrue(found <= allowed, tier.name() + ", " + levels + " levels: " + found);
        }
      }
    }
  }

  /** The largest relative squared distance over starts along the schedule. */
  private static double distanceFromConditionalMean(Engine engine, Schedule schedule) {
    ExactPosterior posterior =
        ExactPosterior.of(
            engine,
            new GaussianMixture(
                new double[] {1},
                new double[] {1, -2, 0, .3},
                4,
                new Covariance.Diagonal(new double[] {.001, .3, 1, 40})));
    double[] rows = IntStream.range(0, 12).mapToDouble(i -> 3 * Math.cos(i * i)).toArray();
    Samples y = engine.samples(rows, 3);
    Chain chain = new Chain(posterior, schedule, 0, 3);
    double largest = 0;
    for (int i = 0; i < schedule.size(); i += Math.max(1, schedule.size() / 7)) {
      // An observation y = x_0 + n at exactly the level's SNR: alpha 1, so the chain scales it.
      Level observed = Level.ofSigma(schedule.level(i).sigma() / schedule.level(i).alpha());
      double[] exact = posterior.denoise(y, observed).toDoubles();
      double[] found = chain.denoise(new Truncated(), y, observed, 0).toDoubles();
      double difference = 0;
      double size = 0;
      for (int j = 0; j < exact.length; j++) {
        difference += Math.pow(found[j] - exact[j], 2);
        size += exact[j] * exact[j];
      }
      largest = Math.max(largest, difference / size);
    }
    return largest;
  }
}
