package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.curvature.Curvature;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.TruncatedDenoiser.Match;
import dev.tweedie.reverse.kernel.StepCurve;
import dev.tweedie.reverse.kernel.StepSlope;
import dev.tweedie.reverse.kernel.TruncationBias;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The acceptance checks of the truncated denoiser, on every backend where they need one. */
class TruncatedDenoiserTest {
  /** Two Gaussians 4 standard deviations apart, of unit power. */
  private static GaussianMixture bimodal() {
    return new GaussianMixture(
            new double[] {1, 1},
            new double[] {-2, 2},
            1,
            new Covariance.Isotropic(new double[] {1, 1}))
        .standardised();
  }

  private static double[] mean(GaussianMixture prior, Level level, double... x) {
    try (Engine engine = Engine.open("reference", 1)) {
      return ExactPosterior.of(engine, prior).denoise(engine.samples(x, 1), level).toDoubles();
    }
  }

  private static double localisation(GaussianMixture prior, Level level, double... x) {
    try (Engine engine = Engine.open("reference", 1)) {
      return new Curvature(ExactPosterior.of(engine, prior), level)
          .localisation(engine.samples(x, 1))
          .get(0, 0);
    }
  }

  /** Check 3: at high SNR, on the grid, the chain is the conditional mean to a thousandth. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void chainMeetsTheConditionalMeanAtHighSnr(String tier) {
    try (Engine engine = Matrix.open(tier, 2)) {
      Draws draws = Draws.of(engine, Draws.RANDOM, 32);
      TruncatedDenoiser denoiser = draws.chain(100);
      for (double dB : new double[] {20, 30}) {
        Level grid = denoiser.schedule().level(denoiser.start(Draws.level(dB)));
        Level observed = Draws.level(grid.snrDb());
        Samples y = draws.at(observed);
        double mean = draws.nmse(draws.posterior().denoise(y, observed));
        assertEquals(1, draws.nmse(denoiser.chain(y, observed, 0)) / mean, 1e-3, dB + " dB");
        // One shot on the grid is the conditional mean itself, in another scaling.
        assertEquals(1, draws.nmse(denoiser.oneShot(y, observed)) / mean, 1e-5, dB + " dB");
      }
    }
  }

  /** Check 4, and that every backend's chain ends where the host's does. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void biasIsHalfTheSumOfTheLaplacians(String tier) {
    double[] at = {-1, .1, .2, .4, .6, 1.5};
    int[] sizes = {1000, 10_000};
    try (Engine engine = Matrix.open(tier, 1)) {
      // A thousand roundings in a row, stretched by the chain's slope of 7.
      double rounding = engine.backend().precision() == Precision.FLOAT64 ? 1e-11 : 1e-4;
      for (int levels : sizes) {
        Schedule schedule = Schedules.fesl(levels);
        int start = schedule.nearestSnrDb(0);
        Samples ends =
            new Chain(ExactPosterior.of(engine, bimodal()), schedule, 0, at.length)
                .denoise(
                    new Truncated(),
                    engine.samples(at, at.length),
                    schedule.level(start),
                    start,
                    0);
        for (int i = 0; i < at.length; i++) {
          TruncationBias bias = TruncationBias.of(bimodal(), schedule, start, at[i]);
          double found = bias.chain()[0] - bias.conditionalMean()[0];
          double share = levels == 1000 ? .02 : .001;
          assertEquals(bias.firstOrder()[0], found, share * Math.abs(found), levels + ", " + at[i]);
          assertEquals(bias.chain()[0], ends.get(i, 0), rounding, levels + ", " + at[i]);
        }
      }
    }
  }

  /** The cumulant behind the formula, by differences of the denoiser, where nothing is scalar. */
  @Test
  void laplacianIsThatOfTheDenoiser() {
    GaussianMixture prior = (GaussianMixture) Builtin.parse("three-gaussians");
    Level level = Level.of(.8, .6);
    double[] y = {.3, .4, -.2};
    // One step down from this level: the sum has a single term, -v / 2 times the Laplacian.
    Schedule schedule = Schedule.ofLevels(Level.of(.9, Math.sqrt(.19)), level);
    double[] sum = TruncationBias.of(prior, schedule, 1, y).firstOrder();
    double v = level.transitionVariance(schedule.level(0));
    double h = 1e-3;
    double[] laplacian = new double[3];
    double[] centre = mean(prior, level, y);
    for (int j = 0; j < 3; j++) {
      for (double side : new double[] {-h, h}) {
        double[] moved = y.clone();
        moved[j] += side;
        double[] mean = mean(prior, level, moved);
        for (int i = 0; i < 3; i++) {
          laplacian[i] += (mean[i] - centre[i]) / (h * h);
        }
      }
    }
    for (int i = 0; i < 3; i++) {
      assertEquals(-v / 2 * laplacian[i], sum[i], 1e-5, "h^2 of fourth derivatives");
    }
  }

  /** Check 5: the chain keeps its bias; by quadrature, so that float32 is all that differs. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void twoModesTenDeviationsApartKeepTheirBias(String tier) {
    GaussianMixture prior =
        new GaussianMixture(
                new double[] {1, 1},
                new double[] {-5, 5},
                1,
                new Covariance.Isotropic(new double[] {1, 1}))
            .standardised();
    try (Engine engine = Matrix.open(tier, 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      TruncatedDenoiser denoiser = new TruncatedDenoiser(posterior, Schedules.fesl(300), 4001);
      Level grid = denoiser.schedule().level(denoiser.start(Draws.level(0)));
      Level observed = Level.ofSigma(grid.sigma() / grid.alpha());
      double[] nodes = new double[4001];
      for (int i = 0; i < nodes.length; i++) {
        nodes[i] = (i - 2000) / 250.;
      }
      Samples y = engine.samples(nodes, nodes.length);
      Samples evidence = posterior.logEvidence(y, observed);
      Samples mean = posterior.denoise(y, observed);
      Samples trace = posterior.covarianceTrace(y, observed);
      Samples chain = denoiser.chain(y, observed, 0);
      double least = 0;
      double bias = 0;
      for (int i = 0; i < nodes.length; i++) {
        double mass = Math.exp(evidence.get(i, 0)) / 250;
        least += mass * trace.get(i, 0);
        bias += mass * Math.pow(chain.get(i, 0) - mean.get(i, 0), 2);
      }
      // Expected numbers are of an independent evaluation of the closed forms, nine digits. The
      // chain's slope of 160 between the modes magnifies float32 there.
      double bound = engine.backend().precision() == Precision.FLOAT64 ? 1e-9 : 1e-5;
      assertEquals(.456471701, least, bound, "one shot");
      assertEquals(.608887636, least + bias, bound, "chain");
    }
  }

  /**
   * Check 6: two times the least error, but for the last step. A ratio of 10,000 draws spreads by 1
   * %.
   */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void resamplingDoublesTheErrorOfTwoModes(String tier) {
    try (Engine engine = Matrix.open(tier, 2)) {
      Draws draws = Draws.of(engine, bimodal(), 4000);
      Samples y = draws.at(Draws.level(0));
      double mean = draws.nmse(draws.posterior().denoise(y, Draws.level(0)));
      double on = draws.nmse(draws.chain(100).resampling(3).chain(y, Draws.level(0), 0));
      assertTrue(on / mean >= 1.85 && on / mean <= 2.02, "ratio " + on / mean);
    }
  }

  /** Check 7: x_t-hat has unit power. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void scaledObservationHasUnitPower(String tier) {
    int rows = 20_000;
    try (Engine engine = Matrix.open(tier, 2)) {
      Draws draws = Draws.of(engine, bimodal(), rows);
      Chain chain = new Chain(draws.posterior(), Schedules.fesl(1000), 0, rows);
      for (double dB : new double[] {-20, -10, 0, 10, 20, 30}) {
        double[] power = new double[1];
        Sampler look =
            (state, index) -> {
              if (index == state.first()) {
                for (double value : state.x().toDoubles()) {
                  power[0] += value * value / rows;
                }
              }
            };
        chain.denoise(look, draws.at(Draws.level(dB)), Draws.level(dB), 0);
        // Four standard errors of a Gaussian's power; that of two modes spreads less.
        assertEquals(1, power[0], 4 * Math.sqrt(2. / rows), dB + " dB");
      }
    }
  }

  @Test
  void startIsTheNearestInEitherMeasure() {
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, bimodal());
      // Levels at 40, 0 and -20 dB: 25 dB is nearer to 40 in dB, and linearly to 0.
      Schedule schedule =
          Schedule.ofLevels(Level.ofSnrDb(40), Level.ofSnrDb(0), Level.ofSnrDb(-20));
      TruncatedDenoiser denoiser = new TruncatedDenoiser(posterior, schedule, 1);
      assertEquals(0, denoiser.start(Level.ofSnrDb(25)));
      assertEquals(1, denoiser.matching(Match.LINEAR).start(Level.ofSnrDb(25)));
      Samples y = engine.samples(new double[] {.5}, 1);
      String message =
          assertThrows(InvalidInputException.class, () -> denoiser.chain(y, Level.CLEAN, 0))
              .getMessage();
      assertTrue(message.contains("snr: found Infinity"), message);
    }
  }

  /** The curve's ends are one shot and the chain, whatever the batches. */
  @Test
  void curveRunsFromOneShotToTheChain() {
    try (Engine engine = Engine.open("reference", 1)) {
      Draws draws = Draws.of(engine, bimodal(), 50);
      TruncatedDenoiser denoiser = draws.chain(50);
      Level observed = Draws.level(0);
      Samples y = draws.at(observed);
      StepCurve whole = new StepCurve(denoiser, observed);
      StepCurve parts = new StepCurve(denoiser, observed);
      double[] end = whole.add(y, draws.clean(), 0).toDoubles();
      parts.add(y.slice(0, 20), draws.clean().slice(0, 20), 0);
      parts.add(y.slice(20, 30), draws.clean().slice(20, 30), 20);
      assertArrayEquals(end, denoiser.chain(y, observed, 0).toDoubles());
      double chain = draws.nmse(denoiser.chain(y, observed, 0));
      int last = whole.steps() - 1;
      assertEquals(denoiser.start(observed), last);
      assertEquals(chain, whole.state(0).nmse());
      assertEquals(chain, whole.estimate(0).nmse(), 1e-12);
      assertEquals(draws.nmse(denoiser.oneShot(y, observed)), whole.estimate(last).nmse(), 1e-12);
      for (int i = 0; i <= last; i++) {
        assertEquals(whole.estimate(i).nmse(), parts.estimate(i).nmse());
        assertEquals(whole.state(i).nmse(), parts.state(i).nmse());
      }
      assertThrows(InvalidInputException.class, () -> whole.estimate(last + 1));
    }
  }

  /** Acceptance check of mean squared errors: told a wrong SNR, the conditional mean does worse. */
  @Test
  void conditionalMeanIsBestAtTheTrueSnr() {
    try (Engine engine = Engine.open("reference", 2)) {
      Draws draws = Draws.of(engine, bimodal(), 20_000);
      Samples y = draws.at(Draws.level(0));
      double matched = draws.nmse(draws.posterior().denoise(y, Draws.level(0)));
      double last = matched;
      for (double off : new double[] {1, 3, 6}) {
        double above = draws.nmse(draws.posterior().denoise(y, Draws.level(off)));
        double below = draws.nmse(draws.posterior().denoise(y, Draws.level(-off)));
        assertTrue(Math.min(above, below) > matched, off + " dB: " + above + ", " + below);
        assertTrue(above > last, off + " dB");
        last = above;
      }
    }
  }

  /** Slopes of the stepwise mean by differences, between their bounds and equal to the formula. */
  @Test
  void slopeOfAStepIsLinearInTheLocalisation() {
    Schedule schedule = Schedules.fesl(50);
    GaussianMixture prior = bimodal();
    for (int index : new int[] {0, 5, 20, 30, 49}) {
      StepSlope slope = StepSlope.of(schedule.level(index), schedule.below(index));
      Coefficients step =
          new Transition(schedule.level(index), schedule.below(index)).posteriorMean(0);
      for (double x : new double[] {0, .2, 1}) {
        Level level = schedule.level(index);
        double h = 1e-5;
        double found =
            step.a()
                + step.b()
                    * (mean(prior, level, x + h)[0] - mean(prior, level, x - h)[0])
                    / (2 * h);
        double localisation = localisation(prior, level, x);
        assertEquals(slope.largest(localisation), found, 1e-6 * (1 + found), "index " + index);
        assertTrue(found >= slope.least() - 1e-9);
        assertEquals(localisation <= 1, found <= slope.logConcave() + 1e-7);
      }
    }
    // As DDPM writes them: beta of index 1 between the first two levels.
    Level t = schedule.level(1);
    Level u = schedule.level(0);
    double abar = t.alpha() * t.alpha();
    double abarBelow = u.alpha() * u.alpha();
    double alpha = abar / abarBelow;
    StepSlope slope = StepSlope.of(t, u);
    assertEquals(Math.sqrt(alpha) * (1 - abarBelow) / (1 - abar), slope.least(), 1e-12);
    assertEquals(1 / Math.sqrt(alpha), slope.logConcave(), 1e-12);
    double product = 1;
    for (int i = 1; i <= 40; i++) {
      product *= StepSlope.of(schedule.level(i), schedule.below(i)).least();
    }
    assertEquals(1, product / StepSlope.frozen(schedule, 40), 1e-12);
  }
}
