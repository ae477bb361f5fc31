package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.LawPrior.Family;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Draws from the reverse kernel have the law they should have, in either precision. */
@ParameterizedClass
@MethodSource("dev.tweedie.Matrix#precisions")
class DrawLawsTest {
  private static final int DIM = 4;
  private static final Level FROM = Level.of(0.8, 0.6);
  private static final double[] X = {.3, -.4, 1.1, .2};

  /** A direction that no family has as an axis. */
  private static final double[] DIRECTION = {.5, -.5, .5, .5};

  private static final int DRAWS = 20_000;

  /** Standard errors: exceeded by chance once in two million; draws are the same each time. */
  private static final double ERRORS = 5;

  @Parameter String backend;
  private Engine engine;

  @BeforeEach
  void open() {
    engine = Matrix.open(backend, 2);
  }

  @AfterEach
  void close() {
    if (engine != null) {
      engine.close();
    }
  }

  private double[] draws(Prior prior, double[] x, Level from, Level to, int count) {
    int dim = prior.dim();
    Samples rows = engine.samples(count, dim);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < dim; j++) {
        rows.set(i, j, x[j]);
      }
    }
    Samples out = engine.samples(count, dim);
    ExactPosterior.of(engine, prior).draw(rows, from, to, NoiseAddress.of(17, 3, 5), out);
    return out.toDoubles();
  }

  /** Mathematics 1.4: mean {@code k_x x + k_0 D}, covariance {@code b I + k_0^2 C}. */
  private void moments(Family family, Level to) {
    Prior prior = LawPrior.random(family, 5, DIM, 3).build();
    double v = FROM.transitionVariance(to);
    double s2 = FROM.sigma() * FROM.sigma();
    double keptVariance = to.sigma() * to.sigma() / s2;
    double kappaX = FROM.transitionAlpha(to) * keptVariance;
    double kappa0 = to.alpha() * v / s2;
    double[] mean = denoise(prior, X);
    double[] draws = draws(prior, X, FROM, to, DRAWS);
    for (int j = 0; j < DIM; j++) {
      double expected = kappaX * X[j] + kappa0 * mean[j];
      double variance = v * keptVariance + kappa0 * kappa0 * variance(prior, axis(j));
      agree(project(draws, axis(j)), expected, variance);
    }
    double expected = 0;
    for (int j = 0; j < DIM; j++) {
      expected += DIRECTION[j] * (kappaX * X[j] + kappa0 * mean[j]);
    }
    agree(
        project(draws, DIRECTION),
        expected,
        v * keptVariance + kappa0 * kappa0 * variance(prior, DIRECTION));
  }

  private static double[] axis(int j) {
    double[] axis = new double[DIM];
    axis[j] = 1;
    return axis;
  }

  private static double[] project(double[] rows, double[] direction) {
    double[] out = new double[rows.length / DIM];
    for (int i = 0; i < rows.length; i++) {
      out[i / DIM] += direction[i % DIM] * rows[i];
    }
    return out;
  }

  private static double[] denoise(Prior prior, double[] x) {
    try (Engine exact = Engine.open("reference", 1)) {
      return ExactPosterior.of(exact, prior).denoise(exact.samples(x, 1), FROM).toDoubles();
    }
  }

  /** {@code w' C w} of the posterior, from the denoiser's slope: {@code dD/dx = (a / s^2) C}. */
  private static double variance(Prior prior, double[] direction) {
    double h = 1e-4; // truncation 1e-7 and rounding 1e-12 of a number known to 5 %
    double[] up = X.clone();
    double[] down = X.clone();
    for (int j = 0; j < DIM; j++) {
      up[j] += h * direction[j];
      down[j] -= h * direction[j];
    }
    double slope = 0;
    double[] higher = denoise(prior, up);
    double[] lower = denoise(prior, down);
    for (int j = 0; j < DIM; j++) {
      slope += direction[j] * (higher[j] - lower[j]) / (2 * h);
    }
    return slope * FROM.sigma() * FROM.sigma() / FROM.alpha();
  }

  private static void agree(double[] draws, double mean, double variance) {
    double first = 0;
    double second = 0;
    double fourth = 0;
    for (double draw : draws) {
      double square = (draw - mean) * (draw - mean);
      first += draw / draws.length;
      second += square / draws.length;
      fourth += square * square / draws.length;
    }
    assertEquals(mean, first, ERRORS * Math.sqrt(variance / draws.length), "mean");
    double error = Math.sqrt((fourth - second * second) / draws.length);
    assertEquals(variance, second, ERRORS * error, "variance");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void momentsOfAStepToACleanerLevel(Family family) {
    moments(family, Level.of(0.9, Math.sqrt(0.19)));
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void momentsOfAStepToALevelOfAnotherProcess(Family family) {
    moments(family, Level.ofSigma(0.3));
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void momentsOfThePosterior(Family family) {
    moments(family, Level.CLEAN);
  }

  @Test
  void pointsAreDrawnByTheirResponsibilityWithinAndAcrossShards() {
    // around the borders of blocks of 84 and shards of 8064; all others are far away
    int[] near = {0, 83, 84, 8063, 8064, 8064 + 84, 16128 + 5};
    double[] points = new double[16128 + 90];
    for (int i = 0; i < points.length; i++) {
      points[i] = 1000 + i;
    }
    for (int i = 0; i < near.length; i++) {
      points[near[i]] = 0.4 * i;
    }
    Level level = Level.ofSigma(1);
    DataSet prior = DataSet.of(points, 1);
    int count = 3000; // each looks at all points
    double[] draws = draws(prior, new double[] {1}, level, Level.CLEAN, count);
    double[] expected = new double[near.length];
    for (int i = 0; i < near.length; i++) {
      expected[i] = Math.exp(-0.5 * Math.pow(1 - 0.4 * i, 2));
    }
    double sum = Arrays.stream(expected).sum();
    int found = 0;
    for (int i = 0; i < near.length; i++) {
      double value = 0.4 * i;
      // points far apart: their float32 copies, centred near 9000, keep 1e-3
      int hits = (int) Arrays.stream(draws).filter(x -> Math.abs(x - value) < 0.1).count();
      double share = expected[i] / sum;
      double error = Math.sqrt(share * (1 - share) / count);
      assertEquals(share, (double) hits / count, ERRORS * error, "point " + near[i]);
      found += hits;
    }
    assertEquals(count, found, "every draw is one of the points near x");
  }

  @Test
  void aDrawOfAPointIsThePoint() {
    LawPrior points = LawPrior.random(Family.POINTS, 5, DIM, 3);
    double[] draws = draws(points.build(), X, FROM, Level.CLEAN, 50);
    for (int i = 0; i < 50; i++) {
      double[] draw = Arrays.copyOfRange(draws, i * DIM, (i + 1) * DIM);
      double nearest = Double.POSITIVE_INFINITY;
      for (int k = 0; k < 5; k++) {
        double furthest = 0;
        for (int j = 0; j < DIM; j++) {
          furthest = Math.max(furthest, Math.abs(draw[j] - points.means()[k * DIM + j]));
        }
        nearest = Math.min(nearest, furthest);
      }
      assertEquals(0, nearest, 8 * 0x1p-24); // the centre, taken away and added again
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void aRowDrawsTheSameAloneAndInABatch(Family family) {
    Prior prior = LawPrior.random(family, 5, DIM, 3).build();
    Samples x = engine.samples(new double[7 * DIM], 7);
    Samples all = engine.samples(7, DIM);
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    NoiseAddress at = NoiseAddress.of(17, 3, 5);
    posterior.draw(x, FROM, Level.CLEAN, at, all);
    Samples one = engine.samples(1, DIM);
    for (int i = 0; i < 7; i++) {
      posterior.draw(x.slice(i, 1), FROM, Level.CLEAN, at.skipRows(i), one);
      assertArrayEquals(all.slice(i, 1).toDoubles(), one.toDoubles());
    }
  }

  // ---- draws of the prior, and chains ----

  @ParameterizedTest
  @EnumSource(Family.class)
  void drawsOfThePriorHaveItsMoments(Family family) {
    LawPrior law = LawPrior.random(family, 5, DIM, 3);
    Prior prior = law.build();
    Samples out = engine.samples(DRAWS, DIM);
    new PriorSampler(ExactPosterior.of(engine, prior)).draw(NoiseAddress.of(2, 0, 0), out);
    double[] draws = out.toDoubles();
    double[] matrices = law.matrices();
    for (int j = 0; j < DIM; j++) {
      double variance = 0;
      for (int k = 0; k < 5; k++) {
        double off = law.means()[k * DIM + j] - prior.mean()[j];
        variance += law.weights()[k] * (matrices[(k * DIM + j) * DIM + j] + off * off);
      }
      agree(project(draws, axis(j)), prior.mean()[j], variance);
    }
  }

  @Test
  void twoHopsToTheCleanLevelHaveTheLawOfThePrior() {
    // means five standard deviations from zero: the sign tells the component
    Prior prior =
        new GaussianMixture(
            new double[] {.3, .7},
            new double[] {-1.5, 1.5},
            1,
            new Covariance.Isotropic(new double[] {.01, .09}));
    Level noisy = Level.of(.2, Math.sqrt(1 - .04));
    Level between = Level.of(.7, Math.sqrt(1 - .49));
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    Samples x = engine.samples(DRAWS, 1);
    new PriorSampler(posterior).draw(NoiseAddress.of(5, 0, 0), x);
    Samples z = engine.samples(DRAWS, 1);
    engine.backend().normal(NoiseAddress.of(5, 1, 0), z);
    for (int i = 0; i < DRAWS; i++) {
      x.set(i, 0, noisy.alpha() * x.get(i, 0) + noisy.sigma() * z.get(i, 0));
    }
    Samples cleaner = engine.samples(DRAWS, 1);
    posterior.draw(x, noisy, between, NoiseAddress.of(5, 2, 1), cleaner);
    posterior.draw(cleaner, between, Level.CLEAN, NoiseAddress.of(5, 2, 0), x);
    double[] left = Arrays.stream(x.toDoubles()).filter(value -> value < 0).toArray();
    double[] right = Arrays.stream(x.toDoubles()).filter(value -> value > 0).toArray();
    double share = (double) left.length / DRAWS;
    assertEquals(.3, share, ERRORS * Math.sqrt(.3 * .7 / DRAWS));
    agree(left, -1.5, .01);
    agree(right, 1.5, .09);
  }
}
