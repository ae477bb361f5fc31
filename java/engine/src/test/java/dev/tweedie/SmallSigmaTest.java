package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Where sigma is small against the norms, products of vectors lose every digit of a distance: at d
 * = 784 and sigma = 0.01 a float32 product errs by several units of a logit. Points come in pairs
 * about one sigma apart, so that both of a pair have weight and a wrong logit shows in the mean.
 */
class SmallSigmaTest {
  private static final int DIM = 784;
  private static final int PAIRS = 250;
  private static final int ROWS = 20;
  private static final double SIGMA = 0.01;

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void theMeanKeepsFiveDigits(String backend) {
    SplittableRandom random = new SplittableRandom(7);
    float[] points = new float[2 * PAIRS * DIM];
    for (int i = 0; i < PAIRS * DIM; i++) {
      points[i] = (float) random.nextGaussian();
      points[PAIRS * DIM + i] = points[i] + (float) (SIGMA / 28 * random.nextGaussian());
    }
    float[] rows = new float[ROWS * DIM];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = points[i] + (float) (SIGMA * random.nextGaussian());
    }
    DataSet prior = DataSet.of(points, DIM);
    try (Engine engine = Matrix.open(backend, 2);
        Engine reference = Engine.open("reference", 2)) {
      Level level = Level.ofSigma(SIGMA);
      double[] found =
          ExactPosterior.of(engine, prior).denoise(engine.samples(rows, ROWS), level).toDoubles();
      double[] expected =
          ExactPosterior.of(reference, prior)
              .denoise(reference.samples(rows, ROWS), level)
              .toDoubles();
      for (int i = 0; i < ROWS; i++) {
        double error = 0;
        double norm = 0;
        for (int j = i * DIM; j < (i + 1) * DIM; j++) {
          error += (found[j] - expected[j]) * (found[j] - expected[j]);
          norm += expected[j] * expected[j];
        }
        double relative = Math.sqrt(error / norm);
        assertTrue(relative <= 1e-5, "row " + i + ": relative error " + relative);
      }
    }
  }
}
