package dev.tweedie.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExamplesTest {
  /**
   * Noise of sigma 0.5 has mean square 0.25; the clean digits themselves are points of the prior.
   */
  @Test
  void denoisedDigitsAreNearerThanNoisyOnes() {
    double[] errors = DenoiseDigits.errors();
    assertEquals(0.25, errors[0], 0.01);
    assertTrue(errors[1] < 0.01, "found " + errors[1]);
  }

  /** Within four standard errors of 4,000 rows. */
  @Test
  void samplesHaveTheWeightsOfTheMixture() {
    double tolerance = 4 * Math.sqrt(0.3 * 0.7 / 4000);
    assertEquals(0.3, SampleMixture.shareOnTheRight("mixture", SampleMixture.FEW_STEPS), tolerance);
    assertEquals(0.3, SampleMixture.shareOnTheRight("heun", SampleMixture.FOR_SOLVERS), tolerance);
  }

  /** At sigma 0.5 the law is N(0, 1 + 0.25) on each axis: score -x / 1.25. */
  @Test
  void theScoreOfOneGaussianIsLinear() {
    double[] field = ScoreField.scores(new double[] {1, -2}, 0.5);
    assertEquals(-0.8, field[0], 1e-6);
    assertEquals(1.6, field[1], 1e-6);
  }
}
