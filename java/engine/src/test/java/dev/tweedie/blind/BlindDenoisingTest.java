package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Samples;
import dev.tweedie.metric.Distortion;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BlindDenoisingTest {
  /** Mathematics 4(e)3, first half; the same draws for both, so their difference is not chance. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void inHighDimensionBlindnessCostsNothing(String tier) {
    for (int dim : new int[] {100, 500}) {
      assertEquals(1, ratio(tier, dim), .01, "d = " + dim);
    }
  }

  /** Second half: in the data's own dimension the level cannot be told from one row. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void inTheDatasOwnDimensionItDoublesTheError(String tier) {
    double ratio = ratio(tier, 2);
    assertTrue(ratio >= 2, "found " + ratio);
  }

  private static double ratio(String tier, int dim) {
    int rows = 1000;
    try (Engine engine = Matrix.open(tier, 2)) {
      ExactPosterior posterior = TwoLines.in(engine, dim);
      Samples x = TwoLines.clean(posterior, rows, 6);
      Samples y = TwoLines.noisy(engine, x, 1, 6);
      // Uniform in 1 / sigma^2: in two dimensions nearly all its mass is on levels far too low.
      LevelPrior levels = LevelPrior.powerLaw(3, .01, 10, 101);
      Samples blind = new ExactBlindDenoiser(posterior, levels).denoise(y);
      double known = Distortion.of(posterior.denoise(y, Level.ofSigma(1)), x).mse();
      return Distortion.of(blind, x).mse() / known;
    }
  }

  /** Mathematics 4(e)8: the conditional mean is best where its level is the true one. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#precisions")
  void theErrorIsLeastAtTheTrueLevel(String tier) {
    try (Engine engine = Matrix.open(tier, 2)) {
      ExactPosterior posterior = TwoLines.in(engine, 10);
      Samples x = TwoLines.clean(posterior, 20_000, 7);
      Samples y = TwoLines.noisy(engine, x, 1, 7);
      double best = Distortion.of(posterior.denoise(y, Level.ofSigma(1)), x).mse();
      for (double sigma : new double[] {.5, .7, .85, 1.15, 1.4, 2}) {
        double other = Distortion.of(posterior.denoise(y, Level.ofSigma(sigma)), x).mse();
        assertTrue(other > best, "sigma " + sigma + ": " + other + " against " + best);
      }
    }
  }
}
