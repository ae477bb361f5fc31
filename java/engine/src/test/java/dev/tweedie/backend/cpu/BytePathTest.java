package dev.tweedie.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.tweedie.Engine;
import dev.tweedie.Numerics;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which priors the 8-bit path of fast mode takes. */
class BytePathTest {
  private static final String NAME = "cpu:avx512";
  private static final int DIM = 50;
  private static final int POINTS = 300;
  private static final int ROWS = 37;

  @BeforeEach
  void requireVnni() {
    Tier tier = Backends.tiers(Numerics.FAST_BYTES).getFirst();
    if (tier.reason().isPresent()) {
      abort(tier.reason().get());
    }
  }

  private static float[] bytes(double low, double unit, int steps) {
    SplittableRandom random = new SplittableRandom(3);
    float[] values = new float[POINTS * DIM];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (low + unit * random.nextInt(steps + 1));
    }
    return values;
  }

  private static float[] denoised(String backend, Numerics numerics, Prior prior) {
    try (Engine engine = Engine.open(backend, 1, numerics)) {
      float[] x = new float[ROWS * DIM];
      SplittableRandom random = new SplittableRandom(4);
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (prior.mean(i / DIM, i % DIM) + random.nextGaussian());
      }
      return ExactPosterior.of(engine, prior)
          .denoise(engine.samples(x, ROWS), Level.ofSigma(1))
          .toFloats();
    }
  }

  private static boolean isTaken(Prior prior) {
    return !Arrays.equals(
        denoised(NAME, Numerics.FAST_BYTES, prior), denoised(NAME, Numerics.EXACT, prior));
  }

  @ParameterizedTest
  @CsvSource({"0, 0.00392156862745098, 255", "-1, 0.0078125, 255", "3, 0.5, 6", "0, 1, 1"})
  void meansThatAreBytesAreTaken(double low, double unit, int steps) {
    assertTrue(isTaken(DataSet.of(bytes(low, unit, steps), DIM)));
  }

  @Test
  void aSharedVarianceIsTakenToo() {
    float[] values = bytes(0, 1 / 255.0, 255);
    double[] means = new double[values.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = values[i];
    }
    double[] variances = new double[POINTS];
    Arrays.fill(variances, 0.01);
    double[] weights = new double[POINTS];
    Arrays.fill(weights, 1);
    assertTrue(isTaken(mixture(weights, means, variances)));
    variances[7] = 0.02;
    assertFalse(isTaken(mixture(weights, means, variances)));
  }

  private static Prior mixture(double[] weights, double[] means, double[] variances) {
    return new GaussianMixture(weights, means, DIM, new Covariance.Isotropic(variances));
  }

  @Test
  void otherMeansHaveTheBitsOfExactMode() {
    assertFalse(isTaken(DataSet.of(bytes(0, 1 / 256.0, 256), DIM)), "a step too many");
    float[] values = bytes(0, 1 / 255.0, 255);
    values[77] += 1e-4f;
    assertFalse(isTaken(DataSet.of(values, DIM)), "one value between two bytes");
    Arrays.fill(values, 0.5f);
    assertFalse(isTaken(DataSet.of(values, DIM)), "all the same");
  }
}
