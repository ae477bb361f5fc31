package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Samples;
import dev.tweedie.blind.BlindStep.Form;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("long")
class BlindChainTest {
  private static BlindEstimate analytic(ExactPosterior posterior) {
    GridEstimator grid = new GridEstimator(posterior, .004, 30, 31);
    return new AnalyticEstimate(posterior, LikelihoodEstimator.newton(grid));
  }

  /**
   * Mathematics 4(e)4: within 1.5 % of the implicit schedule down to twice the last level. A row's
   * own level is a random walk, of 2.5 % a step at a = h = .5 in 500 dimensions, so the mean over
   * 100 rows has a standard error of .25 % sqrt(k) after k steps, of which two are allowed.
   */
  @ParameterizedTest
  @CsvSource({"EULER_FROZEN, 0, .3", "EULER, .5, .3"})
  void theLevelFollowsTheImplicitSchedule(Form form, double a, double h) {
    try (Engine engine = Engine.open("auto", 2)) {
      theLevelFollowsTheImplicitSchedule(engine, new BlindStep(form, a, h));
    }
  }

  /** And that of the paper in either precision. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void theLevelFollowsTheImplicitSchedule(String tier) {
    try (Engine engine = Matrix.open(tier, 1)) {
      theLevelFollowsTheImplicitSchedule(engine, new BlindStep(Form.EXPONENTIAL, .5, .5));
    }
  }

  private static void theLevelFollowsTheImplicitSchedule(Engine engine, BlindStep step) {
    ExactPosterior posterior = TwoLines.in(engine, 500);
    List<Double> means = new ArrayList<>();
    BlindChain chain =
        new BlindChain(analytic(posterior), step, 10, .01, 1, 100)
            .observe((_, sigma) -> means.add(Arrays.stream(sigma).average().orElseThrow()));
    BlindChain.Result result = chain.sample(0, 100);
    for (int k = 0; k < means.size(); k++) {
      double expected = 10 * Math.pow(step.contraction(), k);
      if (expected >= 2 * .01) {
        double error = .025 / Math.sqrt(100) * Math.sqrt(k + 1);
        assertEquals(1, means.get(k) / expected, .015 + 2 * error, "step " + k);
      }
    }
    assertEquals(100, result.stopped());
    // The slowest of 100 rows is at most three deviations of 11 % late.
    assertEquals(step.steps(10, .01), result.steps(), 1 + .33 / -Math.log(step.contraction()));
  }

  /**
   * Mathematics 4(e)5, with 500 draws: their empirical law is about .03 from the true one by
   * itself, and step .2 adds .018. In three dimensions levels cannot be told and the law is missed.
   */
  @ParameterizedTest
  @CsvSource({"100, .2, 500, 0, .05", "3, .1, 1000, .15, 3"})
  void samplesHaveTheLawOfTheDataWhereLevelsCanBeTold(
      int dim, double h, int rows, double least, double most) {
    try (Engine engine = Engine.open("auto", 2)) {
      BlindEstimate estimate = analytic(TwoLines.in(engine, dim));
      double distance = distance(estimate, new BlindStep(Form.EXPONENTIAL, .5, h), rows);
      assertTrue(distance >= least && distance <= most, "found " + distance);
    }
  }

  /** And by the residual of the exact blind denoiser, in either precision. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void samplesByTheResidualHaveThatLawToo(String tier) {
    BlindStep step = new BlindStep(Form.EXPONENTIAL, .5, .2);
    LevelPrior levels = LevelPrior.powerLaw(3, .0025, 40, 32);
    try (Engine engine = Matrix.open(tier, 2)) {
      for (int dim : new int[] {3, 100}) {
        var blind = new ExactBlindDenoiser(TwoLines.in(engine, dim), levels);
        double distance = distance(new ResidualEstimate(blind), step, dim == 3 ? 100 : 500);
        assertTrue(dim == 3 ? distance >= .15 : distance <= .05, dim + ": " + distance);
      }
    }
  }

  private static double distance(BlindEstimate estimate, BlindStep step, int rows) {
    Samples y = new BlindChain(estimate, step, 10, .01, 2, rows).sample(0, rows).state();
    double[] all = y.toDoubles();
    double[] folded = new double[rows];
    Arrays.setAll(folded, i -> Math.abs(all[i * y.dim()]));
    return distance(folded, 2, Math.sqrt(TwoLines.VARIANCE + 1e-4));
  }

  /**
   * Mathematics 4(e)5 at its full size: step .1, 500 dimensions, 20,000 rows, at most .02, of which
   * .005 are the draws' own. By the exact blind denoiser and its residual, the fast way.
   */
  @Test
  @Tag("slow")
  void manySamplesHaveTheLawOfTheData() {
    int rows = 20_000;
    int batch = 2000;
    try (Engine engine = Engine.open("auto", 2)) {
      var blind =
          new ExactBlindDenoiser(TwoLines.in(engine, 500), LevelPrior.powerLaw(3, .0025, 40, 64));
      BlindChain chain =
          new BlindChain(new ResidualEstimate(blind), BlindStep.standard(), 10, .01, 5, batch);
      double[] folded = new double[rows];
      for (int begin = 0; begin < rows; begin += batch) {
        double[] y = chain.sample(begin, batch).state().toDoubles();
        for (int i = 0; i < batch; i++) {
          folded[begin + i] = Math.abs(y[i * 500]);
        }
      }
      double distance = distance(folded, 2, Math.sqrt(TwoLines.VARIANCE + 1e-4));
      assertTrue(distance <= .02, "found " + distance);
    }
  }

  /** 2-Wasserstein distance of the draws to a normal, each against the middle of its cell. */
  private static double distance(double[] draws, double mean, double deviation) {
    Arrays.sort(draws);
    double sum = 0;
    for (int i = 0; i < draws.length; i++) {
      double quantile = mean + deviation * normalQuantile((i + .5) / draws.length);
      sum += Math.pow(draws[i] - quantile, 2);
    }
    return Math.sqrt(sum / draws.length);
  }

  /** By bisection of a midpoint integral of the density: good to 1e-5, far below the bound. */
  private static double normalQuantile(double p) {
    double low = -5;
    double high = 5;
    while (high - low > 1e-6) {
      double middle = (low + high) / 2;
      if (normalDistribution(middle) < p) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static double normalDistribution(double x) {
    double sum = 0;
    for (int i = 0; i < 200; i++) {
      double t = x * (i + .5) / 200;
      sum += Math.exp(-t * t / 2);
    }
    return .5 + sum * x / 200 / Math.sqrt(2 * Math.PI);
  }

  /** Rows of different levels stop at different steps; a stopped one keeps its bits. */
  @ParameterizedTest
  @EnumSource(Form.class)
  void eachRowHasItsOwnLevelAndStaysWhereItStopped(Form form) {
    try (Engine engine = Engine.open("java", 1)) {
      ExactPosterior posterior = TwoLines.in(engine, 64);
      BlindStep step = new BlindStep(form, .5, .3);
      Samples start = engine.samples(3, 64);
      double[] levels = {.02, 1, 9};
      Samples clean = TwoLines.clean(posterior, 3, 8);
      for (int i = 0; i < 3; i++) {
        start.slice(i, 1).copyFrom(TwoLines.noisy(engine, clean.slice(i, 1), levels[i], 8 + i));
      }
      BlindChain chain = new BlindChain(analytic(posterior), step, 10, .05, 3, 3);
      BlindChain.Result whole = chain.run(start, 0);
      assertEquals(3, whole.stopped());
      double[] rows = whole.state().toDoubles();
      assertArrayEquals(start.slice(0, 1).toDoubles(), Arrays.copyOf(rows, 64), "stopped at once");
      int steps = whole.steps();
      for (int i = 0; i < 3; i++) {
        BlindChain.Result alone = chain.run(start.slice(i, 1), i);
        assertArrayEquals(
            Arrays.copyOfRange(rows, 64 * i, 64 * (i + 1)), alone.state().toDoubles(), "row " + i);
        assertEquals(i == 2, alone.steps() == steps, "the noisiest row takes longest");
      }
    }
  }

  /** A network is a blind denoiser that knows no prior; this one always answers 1. */
  private record Constant(Engine engine, int dim) implements BlindDenoiser {
    @Override
    public void denoise(Samples y, Samples out) {
      for (int i = 0; i < y.rows(); i++) {
        for (int j = 0; j < dim; j++) {
          out.set(i, j, 1);
        }
      }
    }
  }

  /** With f constant the residual is the noise itself, so Euler's a = 0 shrinks it by 1 - h. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void anyBlindDenoiserWillDo(String name) {
    try (Engine engine = Matrix.open(name, 1)) {
      BlindStep step = new BlindStep(Form.EULER_FROZEN, 0, .5);
      BlindEstimate estimate = new ResidualEstimate(new Constant(engine, 5));
      BlindChain chain = new BlindChain(estimate, step, 8, 1, 4, 1);
      Samples start = engine.samples(new double[] {9, 9, 9, 9, 9}, 1);
      BlindChain.Result result = chain.run(start, 0);
      assertEquals(3, result.steps(), "8, 4, 2, 1");
      assertArrayEquals(new double[] {2, 2, 2, 2, 2}, result.state().toDoubles());
      assertArrayEquals(new double[] {1, 1, 1, 1, 1}, result.denoised().toDoubles());
      assertEquals(1, result.sigma()[0], 1e-6);
    }
  }

  @Test
  void theStartIsNoiseAroundTheMean() {
    try (Engine engine = Engine.open("reference", 1)) {
      BlindEstimate estimate = new ResidualEstimate(new Constant(engine, 400));
      double[] mean = new double[400];
      Arrays.fill(mean, 1);
      double[] first = new double[1];
      new BlindChain(estimate, BlindStep.standard(), 10, .5, 5, 1)
          .startMean(mean)
          .observe((k, sigma) -> first[0] = k == 0 ? sigma[0] : first[0])
          .sample(0, 1);
      assertEquals(10, first[0], 4 * 10 / Math.sqrt(2 * 400)); // four standard errors
    }
  }

  /** Two rows that never reach the last level end the run at its limit, and are counted. */
  @Test
  void rowsThatDoNotStopEndAtTheLimit() {
    try (Engine engine = Engine.open("java", 1)) {
      BlindEstimate estimate = new ResidualEstimate(new Constant(engine, 5));
      BlindChain chain = new BlindChain(estimate, BlindStep.standard(), 10, 1e-6, 6, 2).limit(7);
      BlindChain.Result result = chain.sample(0, 2);
      assertEquals(7, result.steps());
      assertEquals(0, result.stopped());
    }
  }

  @Test
  void batchesDoNotChangeABit() {
    try (Engine engine = Engine.open("java", 2)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("circle8"));
      var blind = new ExactBlindDenoiser(posterior, LevelPrior.powerLaw(3, .02, 20, 40));
      BlindChain chain =
          new BlindChain(new ResidualEstimate(blind), BlindStep.standard(), 20, .04, 7, 10);
      float[] whole = chain.sample(0, 10).state().toFloats();
      float[] tail = chain.sample(6, 4).state().toFloats();
      assertArrayEquals(Arrays.copyOfRange(whole, 12, 20), tail);
    }
  }

  @Test
  void badInputIsRefused() {
    try (Engine engine = Engine.open("reference", 1)) {
      BlindEstimate estimate = new ResidualEstimate(new Constant(engine, 5));
      BlindStep step = BlindStep.standard();
      refused(() -> new BlindChain(estimate, step, 1, 1, 0, 1));
      refused(() -> new BlindChain(estimate, step, 1, 0, 0, 1));
      refused(() -> new BlindChain(estimate, step, 1, .1, 0, 0));
      BlindChain chain = new BlindChain(estimate, step, 1, .1, 0, 2);
      refused(() -> chain.startMean(new double[4]));
      refused(() -> chain.limit(0));
      refused(() -> chain.sample(0, 3));
      refused(() -> chain.sample(-1, 1));
      refused(() -> chain.run(engine.samples(1, 4), 0));
    }
  }

  private static void refused(org.junit.jupiter.api.function.Executable what) {
    String message = assertThrows(InvalidInputException.class, what).getMessage();
    assertTrue(message.contains("allowed"), message);
  }
}
