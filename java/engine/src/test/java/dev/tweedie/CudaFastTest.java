package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.backend.cuda.CudaTiers;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import dev.tweedie.check.Recall;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cuBLAS gives the CUDA backend in fast mode, on a device or emulated as {@link CudaTest}. */
class CudaFastTest {
  @BeforeEach
  void find() {
    Matrix.open("cuda:0", 1).close();
    Optional<String> absent = CudaTiers.tiers(Numerics.FAST).getFirst().reason();
    assumeTrue(absent.isEmpty(), () -> absent.get());
  }

  static List<String> ops() {
    return Checks.ops();
  }

  /** Products by cuBLAS: the bits of exact mode where none is needed, else its stated errors. */
  @ParameterizedTest
  @MethodSource("ops")
  void fastModeKeepsTheStatedErrors(String op) {
    try (Engine device = Engine.open("cuda:0", 1, Numerics.FAST);
        Engine host = Engine.open(Matrix.host(), 1);
        Engine reference = Engine.open("reference", 2)) {
      for (CheckCase check : Checks.cases(op)) {
        if (Checks.difference(check, device.backend(), host.backend(), new Recall()).isPresent()) {
          Checks.Result result =
              Checks.run(check, device.backend(), device.backend(), reference.backend());
          assertTrue(result.passed(), () -> check + ": " + result.failure().get());
        }
      }
    }
  }

  /**
   * A mean alone goes by cuBLAS; with responsibilities beside it, it does not. Logits of at most 20
   * are off by a unit of the factors, 2^-18 in the end, 2^-9 or 2^-7, weights by twice as much, and
   * coordinates are below 5; a precision that was not asked for shows as an error that is too
   * small.
   */
  @ParameterizedTest
  @CsvSource({"FAST, 0, 2e-5", "FAST_TF32, 2e-5, 0.4", "FAST_BF16, 2e-4, 1.6"})
  void fastMeansAreThoseOfExactModeUpToTheRoundingOfProducts(
      Numerics numerics, float above, float most) {
    Prior prior = CudaTest.points(8064 + 700, 48);
    float[] rows = new float[21 * 48];
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    try (Engine fast = Engine.open("cuda:0", 1, numerics);
        Engine exact = Engine.open("cuda:0")) {
      float[] found = means(fast, prior, rows);
      float[] expected = means(exact, prior, rows);
      float error = 0;
      for (int i = 0; i < found.length; i++) {
        error = Math.max(error, Math.abs(found[i] - expected[i]));
      }
      assertTrue(above < error && error <= most, "an error of " + error);
      assertEquals(numerics, fast.backend().numerics());
    }
  }

  private static float[] means(Engine engine, Prior prior, float[] rows) {
    Samples x = engine.samples(rows, rows.length / prior.dim());
    return ExactPosterior.of(engine, prior).denoise(x, Level.ofSigma(2)).toFloats();
  }

  /** A graph with products of cuBLAS gives what the same steps give one by one. */
  @ParameterizedTest
  @ValueSource(strings = {"ddpm", "heun"})
  void fastChainsAreTheSameRecorded(String name) {
    Prior prior = CudaTest.points(90, 5);
    try (Engine device = Engine.open("cuda:0", 1, Numerics.FAST)) {
      Chain chain = new Chain(ExactPosterior.of(device, prior), Schedules.vpCosine(4), 7, 5);
      float[] eager = chain.sample(Samplers.parse(name), 0, 5).toFloats();
      for (int i = 0; i < 3; i++) { // the second is recorded, the third replays it
        assertArrayEquals(eager, chain.sample(Samplers.parse(name), 0, 5).toFloats());
      }
    }
  }
}
