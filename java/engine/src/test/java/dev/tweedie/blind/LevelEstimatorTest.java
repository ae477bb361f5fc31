package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Outputs;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("long")
class LevelEstimatorTest {
  private static final int K = 2; // dimension of the data itself

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }

  /** Mathematics 4(e)1 and 4(a): 800 draws have the deviation itself to 2.5 %. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void theMostLikelyLevelHasItsKnownSpread(String tier) {
    for (int dim : new int[] {100, 500, 1000}) {
      mostLikelyLevels(tier, dim);
    }
  }

  private static void mostLikelyLevels(String tier, int dim) {
    try (Engine engine = Matrix.open(tier, 2)) {
      ExactPosterior posterior = TwoLines.in(engine, dim);
      Samples y = TwoLines.noisy(engine, TwoLines.clean(posterior, 800, 1), 1, 1);
      var newton = LikelihoodEstimator.newton(new GridEstimator(posterior, .5, 2, 5));
      double[] sigma = new double[800];
      newton.estimate(y, sigma);
      double[] variance = new double[800];
      for (int i = 0; i < 800; i++) {
        variance[i] = sigma[i] * sigma[i];
      }
      assertEquals(1, mean(variance), .02, "mean, d = " + dim);
      assertEquals(1, deviation(variance) / Math.sqrt(2. / (dim - K)), .1, "deviation, d = " + dim);
    }
  }

  /** Mathematics 4(e)2: E |lambda - lambda_t|^2 d / lambda_t^2 under mu(sigma | y) comes to 4. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void thePosteriorOfTheLevelConcentratesAsFourOverD(String tier) {
    for (int dim : new int[] {100, 500}) {
      posteriorOfTheLevel(tier, dim);
    }
  }

  private static void posteriorOfTheLevel(String tier, int dim) {
    try (Engine engine = Matrix.open(tier, 2)) {
      ExactPosterior posterior = TwoLines.in(engine, dim);
      Samples y = TwoLines.noisy(engine, TwoLines.clean(posterior, 1000, 2), 1, 2);
      // Cells of 0.035 in log sigma are half the narrowest posterior's deviation.
      LevelPrior levels = LevelPrior.powerLaw(3, .5, 2, 41);
      Samples masses = engine.samples(1000, 41);
      new ExactBlindDenoiser(posterior, levels).evaluate(y, BlindOutputs.of().levels(masses));
      double sum = 0;
      double[] row = new double[41];
      for (int i = 0; i < 1000; i++) {
        masses.readRow(i, row);
        sum += levels.mean(row, sigma -> Math.pow(1 / (sigma * sigma) - 1, 2));
      }
      double scaled = sum / 1000 * dim;
      assertTrue(scaled > 3.5 && scaled < 5, "found " + scaled + ", d = " + dim);
    }
  }

  /**
   * Mathematics 4(e)6: from {@code |y_perp|^2 / (d - k)} eight iterations of EM come within 1e-6 of
   * the maximum, which is here the root of the likelihood's derivative, by bisection in float64;
   * float32 sums a hundred squares of numbers that are off by some 2^-24 of themselves.
   */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void eightIterationsReachTheMaximum(String tier) {
    int dim = 100;
    int rows = 100;
    try (Engine engine = Matrix.open(tier, 2);
        Engine oracle = Engine.open("reference", 1)) {
      ExactPosterior posterior = TwoLines.in(engine, dim);
      ExactPosterior exact = TwoLines.in(oracle, dim);
      Samples y = TwoLines.noisy(engine, TwoLines.clean(posterior, rows, 3), .7, 3);
      double[] values = y.toDoubles();
      double error = engine.backend().precision() == Precision.FLOAT64 ? 1e-6 : 2e-6;
      var grid = new GridEstimator(posterior, .1, 5, 9);
      for (LikelihoodEstimator.Method method : LikelihoodEstimator.Method.values()) {
        double[] sigma = new double[rows];
        for (int i = 0; i < rows; i++) {
          double sum = 0;
          for (int j = K; j < dim; j++) {
            sum += values[i * dim + j] * values[i * dim + j];
          }
          sigma[i] = Math.sqrt(sum / (dim - K));
        }
        new LikelihoodEstimator(grid, method, 0, 8, 0).refine(y, sigma);
        for (int i = 0; i < rows; i += 10) {
          double[] row = Arrays.copyOfRange(values, i * dim, (i + 1) * dim);
          double root = root(exact, oracle.samples(row, 1));
          assertEquals(1, sigma[i] * sigma[i] / root, error, method + ", row " + i);
        }
      }
    }
  }

  /**
   * With one point E|X - y|^2 is |y|^2 at every level, so three levels give the maximum itself:
   * logarithms of shares are off by 2^-24 of their size, some 100, and 1 / d of that moves it.
   */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void betweenLevelsAnObservationOfOnePointIsExact(String tier) {
    int dim = 60;
    try (Engine engine = Matrix.open(tier, 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new double[dim], dim));
      double[] y = new double[3 * dim];
      Arrays.setAll(y, i -> (1 + i / dim) * Math.sin(i));
      double[] sigma = new double[3];
      Samples rows = engine.samples(y, 3);
      new GridEstimator(posterior, .1, 10, 21).interpolate(rows, sigma);
      for (int i = 0; i < 3; i++) {
        double[] row = Arrays.copyOfRange(y, i * dim, (i + 1) * dim);
        double squares = Arrays.stream(row).map(value -> value * value).sum();
        assertEquals(squares / dim, sigma[i] * sigma[i], 1e-5 * squares / dim, "row " + i);
      }
      // the ends of a grid have a neighbour on one side only
      GridEstimator ends = new GridEstimator(posterior, .1, 10, 2);
      double[] coarse = new double[3];
      ends.estimate(rows, coarse);
      ends.interpolate(rows, sigma);
      assertArrayEquals(coarse, sigma);
    }
  }

  /** Where E|X - y|^2 falls below d sigma^2: the variance at the maximum, to 1e-10. */
  private static double root(ExactPosterior posterior, Samples y) {
    double low = .2;
    double high = 1.2;
    Samples mean = posterior.engine().samples(1, y.dim());
    Samples trace = posterior.engine().samples(1, 1);
    while (high - low > 1e-10) {
      double middle = (low + high) / 2;
      Level level = Level.ofSigma(Math.sqrt(middle));
      posterior.evaluate(y, level, Outputs.of().mean(mean).trace(trace));
      double sum = trace.get(0, 0);
      for (int j = 0; j < y.dim(); j++) {
        sum += Math.pow(mean.get(0, j) - y.get(0, j), 2);
      }
      if (sum > y.dim() * middle) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** In the plane the likelihood has several maxima: Newton must fall back and stay in bounds. */
  @Test
  void inTheDatasOwnDimensionResultsStayWithinTheGrid() {
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = TwoLines.in(engine, 2);
      Samples y = TwoLines.noisy(engine, TwoLines.clean(posterior, 300, 4), 1, 4);
      GridEstimator grid = new GridEstimator(posterior, .05, 20, 21);
      double[] coarse = new double[300];
      double[] fine = new double[300];
      grid.estimate(y, coarse);
      LikelihoodEstimator.newton(grid).estimate(y, fine);
      for (int i = 0; i < 300; i++) {
        assertTrue(fine[i] >= .05 && fine[i] <= 20, "row " + i + ": " + fine[i]);
        double before = likelihood(posterior, y.slice(i, 1), coarse[i]);
        double after = likelihood(posterior, y.slice(i, 1), fine[i]);
        assertTrue(after >= before - 1e-9, "row " + i + " fell from " + before + " to " + after);
      }
    }
  }

  private static double likelihood(ExactPosterior posterior, Samples y, double sigma) {
    return posterior.logEvidence(y, Level.ofSigma(sigma)).get(0, 0);
  }

  /** {@code sigma^2 = (|f - y|^2 + tr C) / d}: the residual lacks tr C, here 1.2 of 100. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void theResidualIsLowByTheDatasOwnDimension(String tier) {
    int dim = 100;
    try (Engine engine = Matrix.open(tier, 2)) {
      ExactPosterior posterior = TwoLines.in(engine, dim);
      Samples y = TwoLines.noisy(engine, TwoLines.clean(posterior, 2000, 5), 1, 5);
      var blind = new ExactBlindDenoiser(posterior, LevelPrior.powerLaw(3, .5, 2, 21));
      double[] sigma = new double[2000];
      new ResidualEstimate(blind).estimate(y, engine.samples(2000, dim), sigma);
      assertEquals(.994, mean(sigma), .005); // three standard errors of .07 / sqrt(2000)
    }
  }

  @Test
  void badSettingsAreRefused() {
    try (Engine engine = Engine.open("reference", 1)) {
      GridEstimator grid = new GridEstimator(TwoLines.in(engine, 5), .1, 2, 3);
      var em = LikelihoodEstimator.Method.EM;
      assertThrows(
          InvalidInputException.class, () -> new LikelihoodEstimator(grid, em, 5, 8, 1e-6));
      assertThrows(
          InvalidInputException.class, () -> new LikelihoodEstimator(grid, em, 0, 0, 1e-6));
      assertThrows(
          InvalidInputException.class, () -> new LikelihoodEstimator(grid, em, 0, 8, Double.NaN));
    }
  }
}
