package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers computed independently in float64, and laws that need no oracle. */
class BlindGoldenTest {
  private static final double[] Y = {.3, .4, -.2, -1, 1, .5};

  private static final double[] MEAN = {
    .322479024638, .372880485903, -.298258061494, -1.015203377787, 1.012542477013, .474596719328
  };

  private static final double[] LOG_SIGMA = {-2.348283419215, -2.510490192787};

  @Test
  void theReferenceReproducesTheGoldenNumbers() {
    try (Engine engine = Engine.open("reference", 1)) {
      check(engine, 1e-9);
    }
  }

  /**
   * Log evidences here are below 40, so a mass is wrong by 40 2^-24 = 2.4e-6 of itself at most, and
   * log sigma varies by 5 and the means by 2 over the levels.
   */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void everyBackendReproducesThemWithinFloat32(String name) {
    try (Engine engine = Matrix.open(name, 1)) {
      check(engine, 1.5e-5);
    }
  }

  private static void check(Engine engine, double error) {
    LevelPrior levels = LevelPrior.powerLaw(3, .05, 5, 33);
    var blind =
        new ExactBlindDenoiser(ExactPosterior.of(engine, Builtin.parse("three-gaussians")), levels);
    Samples mean = engine.samples(2, 3);
    Samples masses = engine.samples(2, 33);
    Samples evidence = engine.samples(2, 1);
    blind.evaluate(
        engine.samples(Y, 2), BlindOutputs.of().mean(mean).levels(masses).evidence(evidence));
    assertArrayEquals(MEAN, mean.toDoubles(), error);
    for (int i = 0; i < 2; i++) {
      double[] row = new double[33];
      masses.readRow(i, row);
      assertEquals(1, Arrays.stream(row).sum(), 33 * error);
      assertEquals(LOG_SIGMA[i], levels.mean(row, Math::log), error, "E log sigma");
    }
  }

  /** The last row is so far out that float32 logits overflow at small levels, not at large ones. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "java:scalar"})
  void theEvidenceIsThatOfTheMixtureOverLevels(String backend) {
    try (Engine engine = Engine.open(backend, 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"));
      LevelPrior levels =
          LevelPrior.of(new double[] {1e-18, .5, 1, 40}, new double[] {1, 2, 0, .5});
      Samples y = engine.samples(new double[] {.3, .4, -.2, 30, -20, 10, 900, 900, 900}, 3);
      Samples evidence = engine.samples(3, 1);
      Samples mean = engine.samples(3, 3);
      new ExactBlindDenoiser(posterior, levels)
          .evaluate(y, BlindOutputs.of().mean(mean).evidence(evidence));
      for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int s = 0; s < 4; s++) {
          double log = posterior.logEvidence(y.slice(i, 1), levels.level(s)).get(0, 0);
          sum += Math.exp(levels.logMass(s) + log);
        }
        assertEquals(Math.log(sum), evidence.get(i, 0), 1e-6 * Math.abs(Math.log(sum)), "row " + i);
        assertEquals(true, Double.isFinite(mean.get(i, 0)), "row " + i);
      }
    }
  }

  /** Another order of operations: logits are within 10 / .4^2 2^-24 of each other, means of 4. */
  @Test
  void oneLevelIsTheDenoiserThatKnowsIt() {
    try (Engine engine = Engine.open("java", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("rings"));
      Samples y = engine.samples(new double[] {.3, .4, -.2, -1, 1, .5}, 3);
      Samples blind =
          new ExactBlindDenoiser(posterior, LevelPrior.powerLaw(1, .4, .4, 1)).denoise(y);
      double[] known = posterior.denoise(y, Level.ofSigma(.4)).toDoubles();
      assertArrayEquals(known, blind.toDoubles(), 4 * 10 / .16 * 0x1p-24);
    }
  }

  /** 9,000 rows of dimension 1 take nine chunks of a thread's own memory. */
  @Test
  void aRowIsTheSameAloneAndInAnyBatch() {
    try (Engine engine = Engine.open("java", 2)) {
      var blind =
          new ExactBlindDenoiser(
              ExactPosterior.of(engine, Builtin.parse("bimodal")),
              LevelPrior.powerLaw(1, .05, 5, 5));
      double[] values = new double[9000];
      Arrays.setAll(values, i -> -3 + 6 * i / 8999.);
      Samples y = engine.samples(values, values.length);
      Samples whole = blind.denoise(y);
      for (int row : new int[] {0, 1, 4095, 4096, 8191, 8999}) {
        assertEquals(whole.get(row, 0), blind.denoise(y.slice(row, 1)).get(0, 0), "row " + row);
      }
    }
  }
}
