package dev.tweedie.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Numerics that round factors: nobody gets them unasked. Their errors are a part of {@code
 * MatrixTest}, which has all numerics.
 */
class RoundedFactorsTest {
  private static final String NAME = "cpu:avx512";

  private static void require(Numerics numerics) {
    for (Tier tier : Backends.tiers(numerics)) {
      if (tier.name().equals(NAME)) {
        assumeTrue(tier.reason().isEmpty(), () -> numerics + ": " + tier.reason().get());
        return;
      }
    }
    fail(numerics + ": found no " + NAME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "cpu", "cpu:avx512"})
  void fastModeAloneNeverRounds(String name) {
    try (Engine engine = Engine.open(name, 1, Numerics.FAST)) {
      assertEquals(Numerics.FAST, engine.backend().numerics());
    } catch (InvalidInputException e) {
      assertTrue(e.getMessage().contains("absent"), e.getMessage()); // no oneMKL here
    }
  }

  @ParameterizedTest
  @CsvSource({"cpu:avx512:vnni, FAST_BYTES", "cpu:avx512:bf16, FAST_BF16"})
  void aNameMaySayItsNumericsInFastModeOnly(String name, Numerics numerics) {
    require(numerics);
    try (Engine engine = Engine.open(name, 1, Numerics.FAST)) {
      assertEquals(numerics, engine.backend().numerics());
      assertEquals(NAME, engine.backend().name());
    }
    var refused = assertThrows(InvalidInputException.class, () -> Engine.open(name, 1));
    assertTrue(refused.getMessage().contains("'" + name + "'"), refused.getMessage());
  }

  /** Rows of the same cut: threads take them in chunks, whose rounding is their own. */
  @ParameterizedTest
  @EnumSource(names = {"FAST_BYTES", "FAST_BF16"})
  void bitsRepeat(Numerics numerics) {
    require(numerics);
    assertArrayEquals(denoised(numerics), denoised(numerics));
  }

  private static float[] denoised(Numerics numerics) {
    int dim = 50;
    int rows = 37;
    SplittableRandom random = new SplittableRandom(3);
    float[] points = new float[300 * dim];
    for (int i = 0; i < points.length; i++) {
      points[i] = random.nextInt(256) / 255f;
    }
    float[] x = new float[rows * dim];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (points[i] + random.nextGaussian());
    }
    try (Engine engine = Engine.open(NAME, 1, numerics)) {
      return ExactPosterior.of(engine, DataSet.of(points, dim))
          .denoise(engine.samples(x, rows), Level.ofSigma(1))
          .toFloats();
    }
  }
}
