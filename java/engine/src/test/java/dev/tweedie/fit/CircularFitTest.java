package dev.tweedie.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Circular;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Complex rows: circular covariances, and all that holds of the others. */
final class CircularFitTest {
  /** ((2, 1 - i), (1 + i, 3)) and ((1, i/2), (-i/2, 1)). */
  private static final double[] HERMITIAN = {2, 0, 1, -1, 1, 1, 3, 0, 1, 0, 0, .5, 0, -.5, 1, 0};

  private static Samples draws(Engine engine, int count) {
    GaussianMixture truth =
        new GaussianMixture(
            new double[] {2, 1},
            new double[] {4, 0, 0, 4, -4, 0, 0, -4},
            4,
            new Covariance.Full(Circular.embed(HERMITIAN, 4, 2, 0.5)));
    Samples rows = engine.samples(count, 4);
    new PriorSampler(ExactPosterior.of(engine, truth))
        .draw(NoiseAddress.of(3, Streams.PRIOR, 0), rows);
    return rows;
  }

  private static FitOptions options(Kind kind) {
    return (kind == Kind.LOW_RANK ? FitOptions.lowRank(2, 1) : FitOptions.of(2, kind))
        .withCircular(true);
  }

  @Test
  void circularGaussiansAreFound() {
    try (Engine engine = Engine.open()) {
      MixtureFit fit =
          MixtureFitter.fit(engine, draws(engine, 6000), options(Kind.FULL).withTolerance(1e-6));
      double[] real = ((Covariance.Full) fit.parameters().covariance()).matrices();
      double[] found = Circular.extract(real, 4, 2, 0.5);
      int first = fit.parameters().means()[0] > 0 ? 0 : 8;
      for (int i = 0; i < 8; i++) {
        // five standard errors of an entry: at most 3 / sqrt(2000)
        assertEquals(HERMITIAN[i], found[first + i], 5 * .067);
        assertEquals(HERMITIAN[8 + i], found[8 - first + i], 5 * .067);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void multiplicationByIChangesNothing(Kind kind) {
    try (Engine engine = Engine.open()) {
      Covariance found =
          MixtureFitter.fit(engine, draws(engine, 500), options(kind)).parameters().covariance();
      for (int k = 0; k < 2; k++) {
        double[] matrix = found.matrix(k, 4);
        // averages of the same numbers, rounded once
        assertArrayEquals(Circular.project(matrix, 4, 4), matrix, 1e-12);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void likelihoodNeverFalls(Kind kind) {
    try (Engine engine = Engine.open("reference", 2)) {
      FitOptions options = options(kind).withFloor(1e-9).withTolerance(0).withIterations(25);
      double[] history = MixtureFitter.fit(engine, draws(engine, 400), options).logLikelihoods();
      for (int i = 1; i < history.length; i++) {
        assertTrue(history[i] >= history[i - 1] - 1e-12, kind + " at iteration " + i);
      }
    }
  }

  @Test
  void oddRowsAreRefused() {
    try (Engine engine = Engine.open()) {
      Samples rows = engine.samples(new double[15], 5);
      InvalidInputException e =
          assertThrows(
              InvalidInputException.class,
              () -> MixtureFitter.fit(engine, rows, options(Kind.FULL)));
      assertEquals(
          "complex rows: found 3 real numbers in a row, allowed: an even number, two parts each",
          e.getMessage());
    }
  }
}
