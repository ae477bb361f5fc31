package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.metric.Distortion;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlindDenoisingTest {
  /** Mathematics 4(e)3, first half; the same draws for both, so their difference is not chance. */
  @ParameterizedTest
  @ValueSource(ints = {100, 500})
  void inHighDimensionBlindnessCostsNothing(int dim) {
    assertEquals(1, ratio(dim), .01);
  }

  /** Second half: in the data's own dimension the level cannot be told from one row. */
  @Test
  void inTheDatasOwnDimensionItDoublesTheError() {
    double ratio = ratio(2);
    assertTrue(ratio >= 2, "found " + ratio);
  }

  private static double ratio(int dim) {
    int rows = 1000;
    try (Engine engine = Engine.open("auto", 2)) {
      ExactPosterior posterior = TwoLines.in(engine, dim);
      Samples x = TwoLines.clean(posterior, rows, 6);
      Samples y = TwoLines.noisy(x, 1, 6);
      // Uniform in 1 / sigma^2: in two dimensions nearly all its mass is on levels far too low.
      LevelPrior levels = LevelPrior.powerLaw(3, .01, 10, 101);
      Samples blind = new ExactBlindDenoiser(posterior, levels).denoise(y);
      double known = Distortion.of(posterior.denoise(y, Level.ofSigma(1)), x).mse();
      return Distortion.of(blind, x).mse() / known;
    }
  }

  /** Mathematics 4(e)8: the conditional mean is best where its level is the true one. */
  @Test
  void theErrorIsLeastAtTheTrueLevel() {
    try (Engine engine = Engine.open("auto", 2)) {
      ExactPosterior posterior = TwoLines.in(engine, 10);
      Samples x = TwoLines.clean(posterior, 20_000, 7);
      Samples y = TwoLines.noisy(x, 1, 7);
      double best = Distortion.of(posterior.denoise(y, Level.ofSigma(1)), x).mse();
      for (double sigma : new double[] {.5, .7, .85, 1.15, 1.4, 2}) {
        double other = Distortion.of(posterior.denoise(y, Level.ofSigma(sigma)), x).mse();
        assertTrue(other > best, "sigma " + sigma + ": " + other + " against " + best);
      }
    }
  }
}
