package dev.tweedie.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiers of fast mode that round factors: their errors are as stated, and nobody gets them who did
 * not ask.
 */
@Tag("long")
class CoarseTiersTest {
  private static final List<String> NAMES = List.of("cpu:avx512:vnni", "cpu:avx512:bf16");

  private static void require(String name) {
    for (Tier tier : Backends.tiers(Numerics.FAST)) {
      if (tier.name().equals(name)) {
        assumeTrue(tier.reason() == null, () -> name + ": " + tier.reason());
      }
    }
  }

  static List<String> names() {
    return NAMES;
  }

  static Stream<Arguments> namesAndOps() {
    return NAMES.stream()
        .flatMap(
            name ->
                Stream.of("evaluate", "covarianceTimes", "hessianTimes", "draw", "blind")
                    .map(op -> Arguments.of(name, op)));
  }

  @ParameterizedTest
  @MethodSource("namesAndOps")
  void errorsAreWithinTheirBound(String name, String op) {
    require(name);
    try (Engine subject = Engine.open(name, 2, Numerics.FAST);
        Engine reference = Engine.open("reference", 2)) {
      for (CheckCase check : Checks.cases(op)) {
        Backend found = subject.backend();
        Checks.Result result = Checks.run(check, found, found, reference.backend());
        assertTrue(result.passed(), () -> check + ": " + result.failure());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void onlyItsWholeNameOpensIt(String name) {
    require(name);
    for (String part : new String[] {"auto", "cpu", "cpu:avx512"}) {
      try (Engine engine = Engine.open(part, 1, Numerics.FAST)) {
        assertFalse(NAMES.contains(engine.backend().name()));
      } catch (InvalidInputException e) {
        assertTrue(e.getMessage().contains("absent"), e.getMessage()); // no oneMKL here
      }
    }
    try (Engine engine = Engine.open(name, 1, Numerics.FAST)) {
      assertEquals(name, engine.backend().name());
    }
    var refused = assertThrows(InvalidInputException.class, () -> Engine.open(name, 1));
    assertTrue(refused.getMessage().contains("'" + name + "'"), refused.getMessage());
  }

  /** Rows of the same cut: threads take them in chunks, whose rounding is their own. */
  @ParameterizedTest
  @MethodSource("names")
  void bitsRepeat(String name) {
    require(name);
    assertArrayEquals(denoised(name), denoised(name));
  }

  private static float[] denoised(String name) {
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
    try (Engine engine = Engine.open(name, 1, Numerics.FAST)) {
      return ExactPosterior.of(engine, DataSet.of(points, dim))
          .denoise(engine.samples(x, rows), Level.ofSigma(1))
          .toFloats();
    }
  }
}
