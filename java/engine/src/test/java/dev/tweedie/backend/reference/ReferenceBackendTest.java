package dev.tweedie.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.schedule.Level;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ReferenceBackendTest {
  private final Engine engine = Engine.open("reference", 2);
  private final Backend backend = engine.backend();

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void stepAddsTermsInOrderAndMayWriteOverAnInput() {
    Samples x = engine.samples(new double[] {1, 2, 3, 4, 5, 6}, 2);
    Samples denoised = engine.samples(new double[] {.1, .2, .3, .4, .5, .6}, 2);
    Samples z = engine.samples(2, 3);
    NoiseAddress at = NoiseAddress.of(1, 2, 3);
    backend.normal(at, z);
    double[] expected = new double[6];
    for (int i = 0; i < 6; i++) {
      double sum = 2 * x.get(i / 3, i % 3);
      sum = Math.fma(-3, denoised.get(i / 3, i % 3), sum);
      sum = Math.fma(.25, denoised.get(i / 3, i % 3), sum);
      expected[i] = Math.fma(.5, z.get(i / 3, i % 3), sum);
    }
    backend.step(
        new Coefficients(2, -3, .25, .5),
        StepTerms.of(x, x).denoised(denoised).previous(denoised).noise(at));
    assertArrayEquals(expected, x.toDoubles());
  }

  @Test
  void stepRowsUsesTheCoefficientsOfEachRow() {
    Samples x = engine.samples(new double[] {1, 2, 3, 4}, 2);
    Samples out = engine.samples(2, 2);
    Samples coefficients = engine.samples(new double[] {1, 10, 0, 7, 2, 100, 0, 7}, 2);
    backend.stepRows(coefficients, StepTerms.of(x, out).denoised(x));
    assertArrayEquals(new double[] {11, 22, 306, 408}, out.toDoubles());
  }

  @Test
  void residualAndGemm() {
    Samples a = engine.samples(new double[] {1, 2, 3, 4, 5, 6}, 2);
    Samples b = engine.samples(new double[] {0, 0, 0, 1, 1, 1}, 2);
    Samples norms = engine.samples(2, 1);
    backend.residual(a, b, norms);
    assertArrayEquals(new double[] {14, 9 + 16 + 25}, norms.toDoubles());
    Samples right = engine.samples(new double[] {1, 0, 0, 1, 1, 1}, 3);
    Samples product = engine.samples(2, 2);
    backend.gemm(a, right, product);
    assertArrayEquals(new double[] {4, 5, 10, 11}, product.toDoubles());
  }

  @Test
  void aRowBeyondTheRangeOfSquaresIsRefused() {
    ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("circle8"));
    Samples x = engine.samples(new double[] {1e200, 0, .5, .5}, 2);
    Level level = Level.ofSigma(1);
    Samples drawn = engine.samples(2, 2);
    NoiseAddress noise = NoiseAddress.of(1, 0, 0);
    for (Executable call :
        List.<Executable>of(
            () -> posterior.logEvidence(x, level),
            () -> posterior.denoise(x, level),
            () -> posterior.draw(x, level, Level.CLEAN, noise, drawn))) {
      String message = assertThrows(InvalidInputException.class, call).getMessage();
      assertTrue(message.contains("row 0: found a result that is not finite"), message);
    }
  }

  @Test
  void rowsWithNanOrInfinityAreRefusedWithTheirNumber() {
    ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("circle8"));
    Level level = Level.ofSigma(1);
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Samples x = engine.samples(new double[200], 100);
      x.set(77, 1, bad);
      Samples out = engine.samples(100, 2);
      String expected = "x: found NaN or infinity in row 77, allowed: finite numbers";
      assertEquals(
          expected,
          assertThrows(InvalidInputException.class, () -> posterior.denoise(x, level, out))
              .getMessage());
      NoiseAddress at = NoiseAddress.of(1, 0, 0);
      assertEquals(
          expected,
          assertThrows(
                  InvalidInputException.class, () -> posterior.draw(x, level, Level.CLEAN, at, out))
              .getMessage());
    }
  }
}
