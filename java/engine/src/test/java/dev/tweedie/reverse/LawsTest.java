package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Laws of samples from priors of several modes, where Gaussian steps fail and the exact one does
 * not.
 */
class LawsTest {
  /** Of grid49, the 7 x 7 Gaussians of Li et al. 2024. */
  private static final int SIDE = 7;

  private static final double SPACING = .5;
  private static final double STD = .05;

  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 2);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private ExactPosterior twoModes(double centre, double variance) {
    return engine.posterior(
        new GaussianMixture(
            new double[] {.5, .5},
            new double[] {-centre, centre},
            1,
            new Covariance.Isotropic(new double[] {variance, variance})));
  }

  /** Share of samples over 4 standard deviations from every mode, and variation of mode weights. */
  private record Modes(double off, double variation) {
    static Modes of(double[] x) {
      int rows = x.length / 2;
      int[] count = new int[SIDE * SIDE];
      int off = 0;
      for (int i = 0; i < rows; i++) {
        long row = nearest(x[2 * i]);
        long column = nearest(x[2 * i + 1]);
        double dx = x[2 * i] - SPACING * (row - SIDE / 2);
        double dy = x[2 * i + 1] - SPACING * (column - SIDE / 2);
        off += Math.hypot(dx, dy) > 4 * STD ? 1 : 0;
        count[(int) (SIDE * row + column)]++;
      }
      double variation = 0;
      for (int n : count) {
        variation += Math.abs((double) n / rows - 1. / count.length) / 2;
      }
      return new Modes((double) off / rows, variation);
    }

    private static long nearest(double x) {
      return Math.clamp(Math.round(x / SPACING) + SIDE / 2, 0, SIDE - 1);
    }
  }

  private Modes gridBy(String sampler, int steps) {
    return Modes.of(
        Samplers.of(sampler)
            .sample(engine.posterior(Builtin.of("grid49")), Schedules.vpCosine(steps), 0, 4000, 11)
            .toDoubles());
  }

  /** W2 between |x| and the right half of the law, from as many draws of the platform's own. */
  private double foldedW2(String sampler, int steps, int rows) {
    double[] x =
        Samplers.of(sampler)
            .sample(engine.posterior(Builtin.of("bimodal")), Schedules.vpCosine(steps), 0, rows, 12)
            .toDoubles();
    Random random = new Random(13);
    double[] exact = new double[rows];
    Arrays.setAll(exact, i -> Math.abs(1 + .1 * random.nextGaussian()));
    double[] folded = Arrays.stream(x).map(Math::abs).sorted().toArray();
    Arrays.sort(exact);
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      sum += Math.pow(folded[i] - exact[i], 2);
    }
    return Math.sqrt(sum / rows);
  }

  /** Bounds of the published comparison: floors at n are .0003 (Gaussian tails) and .04 to .05. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10})
  void exactKernelIsRightInAnyNumberOfSteps(int steps) {
    Modes modes = gridBy("mixture", steps);
    assertTrue(modes.off() <= .005 && modes.variation() <= .07, modes.toString());
    double w2 = foldedW2("mixture", steps, 100_000);
    assertTrue(w2 <= .003, "folded W2 " + w2);
  }

  @Test
  void exactKernelGivesBothModesTheirShare() {
    double[] x =
        Samplers.of("mixture")
            .sample(engine.posterior(Builtin.of("bimodal")), Schedules.vpCosine(1), 0, 100_000, 14)
            .toDoubles();
    double share = Arrays.stream(x).filter(v -> v > 0).count() / 1e5;
    assertEquals(.5, share, 4 * .5 / Math.sqrt(1e5), "four standard errors");
  }

  /** What the exact kernel is for: few Gaussian steps miss the modes, many find them. */
  @Test
  void ddpmNeedsManySteps() {
    Modes few = gridBy("ddpm", 5);
    assertTrue(few.off() >= .4, few.toString());
    double w2 = foldedW2("ddpm", 5, 20_000);
    assertTrue(w2 >= .1, "folded W2 " + w2);
    Modes many = gridBy("ddpm", 100);
    assertTrue(many.off() <= .02, many.toString());
    w2 = foldedW2("ddpm", 100, 20_000);
    assertTrue(w2 <= .02, "folded W2 " + w2);
  }

  // ---- denoising by chains: two modes at +-5 standard deviations, unit power, about 0 dB
  // -----------

  private static final double POWER = 26;
  private static final Schedule FESL = Schedules.fesl(300);
  private static final Level START = FESL.level(FESL.nearestSnrDb(0));

  /** The start as an observation {@code x_0 + n}. */
  private static final Level OBSERVED = Level.ofSigma(START.sigma() / START.alpha());

  private double[] denoised(ExactPosterior posterior, String sampler, double[] y) {
    return new Chain(posterior, FESL, 16, y.length)
        .denoise(Samplers.of(sampler), engine.samples(y, y.length), OBSERVED, 0)
        .toDoubles();
  }

  /**
   * A chain without noise is not the conditional mean of a prior of two modes, at any fineness.
   * Mean squared errors by quadrature, {@code int p(y) (C(y) + (f(y) - D(y))^2) dy}; expected
   * numbers from an independent evaluation of the closed forms, printed with nine digits.
   */
  @Test
  void truncatedChainKeepsItsBiasOnTwoModes() {
    ExactPosterior posterior = twoModes(5 / Math.sqrt(POWER), 1 / POWER);
    double[] y = IntStream.rangeClosed(-2000, 2000).mapToDouble(i -> i / 250.).toArray();
    double[] evidence = posterior.logEvidence(engine.samples(y, y.length), OBSERVED).toDoubles();
    double[] mean = posterior.denoise(engine.samples(y, y.length), OBSERVED).toDoubles();
    double[] spread = posterior.covarianceTrace(engine.samples(y, y.length), OBSERVED).toDoubles();
    double[] chain = denoised(posterior, "truncated", y);
    double least = 0;
    double bias = 0;
    for (int i = 0; i < y.length; i++) {
      double p = Math.exp(evidence[i]) / 250;
      least += p * spread[i];
      bias += p * Math.pow(chain[i] - mean[i], 2);
    }
    assertEquals(.456471701, least, 1e-9, "one shot");
    assertEquals(.608887636, least + bias, 1e-9, "chain");
  }

  /** With fresh noise the chain ends in a posterior sample, whose error is twice the least one. */
  @Test
  void resamplingDoublesTheError() {
    ExactPosterior posterior = twoModes(5 / Math.sqrt(POWER), 1 / POWER);
    int rows = 20_000;
    Random random = new Random(15);
    double[] clean = new double[rows];
    double[] noisy = new double[rows];
    for (int i = 0; i < rows; i++) {
      double mode = random.nextBoolean() ? 5 : -5;
      clean[i] = (mode + random.nextGaussian()) / Math.sqrt(POWER);
      noisy[i] = clean[i] + OBSERVED.sigma() * random.nextGaussian();
    }
    double[] once = posterior.denoise(engine.samples(noisy, rows), OBSERVED).toDoubles();
    double ratio =
        squaredError(denoised(posterior, "ddpm", noisy), clean) / squaredError(once, clean);
    // Published for 300 steps: a little under 2, because the last step adds no noise.
    assertTrue(ratio >= 1.85 && ratio <= 2.02, "ratio " + ratio);
  }

  private static double squaredError(double[] estimate, double[] clean) {
    return IntStream.range(0, clean.length)
        .mapToDouble(i -> Math.pow(estimate[i] - clean[i], 2))
        .sum();
  }
}
