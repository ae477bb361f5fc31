package dev.tweedie.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A row of weight w is w rows, one of weight 0 is none. */
final class WeightedFitTest {
  private static final int ROWS = 240;

  private static double weight(int row) {
    return row % 4;
  }

  private static MixtureParameters start(Kind kind) {
    double[] means = {.2, .1, -.1, 1.5, .5, .2, -.5, 1, 1};
    Covariance covariance =
        switch (kind) {
          case ISOTROPIC -> new Covariance.Isotropic(new double[] {1, 1, 1});
          case DIAGONAL -> new Covariance.Diagonal(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1});
          case LOW_RANK ->
              new Covariance.LowRank(
                  new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 1, new double[] {1, 1, 1});
          case FULL ->
              new Covariance.Full(
                  IntStream.range(0, 27).mapToDouble(i -> i % 9 % 4 == 0 ? 1 : 0).toArray());
        };
    return new MixtureParameters(new double[] {.5, .3, .2}, means, 3, covariance);
  }

  private static MixtureFit fit(Engine engine, double[] x, Kind kind) {
    return fit(FitRows.of(engine, engine.samples(x, x.length / 3), 3), kind);
  }

  private static MixtureFit fit(Engine engine, double[] x, double[] weights, Kind kind) {
    return fit(FitRows.of(engine, engine.samples(x, x.length / 3), weights, 3), kind);
  }

  private static MixtureFit fit(FitRows given, Kind kind) {
    FitOptions options =
        (kind == Kind.LOW_RANK ? FitOptions.lowRank(3, 1) : FitOptions.of(3, kind))
            .withFloor(1e-3)
            .withTolerance(0)
            .withIterations(6);
    try (FitRows rows = given) {
      return MixtureFitter.fitFrom(start(kind), rows, options, (restart, iteration, value) -> {});
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void weightsAreRepetitions(Kind kind) {
    double[] x = GoldenFitTest.rows(ROWS);
    double[] repeated =
        IntStream.range(0, ROWS)
            .flatMap(i -> IntStream.range(0, (int) weight(i)).map(_ -> i))
            .boxed()
            .flatMapToDouble(i -> Arrays.stream(x, 3 * i, 3 * i + 3))
            .toArray();
    double[] weights = IntStream.range(0, ROWS).mapToDouble(WeightedFitTest::weight).toArray();
    try (Engine engine = Engine.open("reference", 1)) {
      MixtureFit expected = fit(engine, repeated, kind);
      MixtureFit found = fit(engine, x, weights, kind);
      // float64 in another order, through a few dozen operations
      assertArrayEquals(expected.logLikelihoods(), found.logLikelihoods(), 1e-12);
      assertArrayEquals(expected.parameters().weights(), found.parameters().weights(), 1e-12);
      assertArrayEquals(expected.parameters().means(), found.parameters().means(), 1e-12);
      for (int k = 0; k < 3; k++) {
        assertArrayEquals(
            expected.parameters().covariance().matrix(k, 3),
            found.parameters().covariance().matrix(k, 3),
            1e-12);
      }
    }
  }

  /** A start from clusters never takes a row that does not count. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void rowsThatDoNotCountAreNowhere(Kind kind) {
    double[] x = GoldenFitTest.rows(ROWS);
    double[] weights = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      weights[i] = i % 2;
      if (i % 2 == 0) {
        x[3 * i] += 1000; // far away: it would be everybody's next centre
      }
    }
    FitOptions options = kind == Kind.LOW_RANK ? FitOptions.lowRank(4, 1) : FitOptions.of(4, kind);
    try (Engine engine = Engine.open();
        FitRows rows = FitRows.of(engine, engine.samples(x, ROWS), weights, 4)) {
      MixtureFit fit = MixtureFitter.fit(rows, options, (restart, iteration, value) -> {});
      for (int k = 0; k < 4; k++) {
        assertEquals(0, fit.parameters().means()[3 * k], 5, "a centre among the rows that count");
      }
    }
  }

  @Test
  void weightsThatAreNone() {
    try (Engine engine = Engine.open()) {
      refused("weights: found 2, allowed: 3, one a row", engine, 1, 1);
      refused("weights: found -1.0 in row 1, allowed: finite and >= 0", engine, 1, -1, 1);
      refused("weights: found NaN in row 2, allowed: finite and >= 0", engine, 1, 1, Double.NaN);
      refused("weights: found a sum of 0.0, allowed: finite and > 0", engine, 0, 0, 0);
    }
  }

  private static void refused(String line, Engine engine, double... weights) {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> fit(engine, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, weights, Kind.DIAGONAL));
    assertEquals(line, e.getMessage());
  }
}
