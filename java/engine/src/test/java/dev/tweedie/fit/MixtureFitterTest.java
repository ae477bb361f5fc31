package dev.tweedie.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinWorkerThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of every fit, whatever the numbers. */
final class MixtureFitterTest {
  private static Samples draws(Engine engine, GaussianMixture prior, int count) {
    Samples rows = engine.samples(count, prior.dim());
    new PriorSampler(ExactPosterior.of(engine, prior))
        .draw(NoiseAddress.of(5, Streams.PRIOR, 0), rows);
    return rows;
  }

  private static FitOptions options(int components, Kind kind) {
    return kind == Kind.LOW_RANK
        ? FitOptions.lowRank(components, 2)
        : FitOptions.of(components, kind);
  }

  /** Overlapping components in six dimensions, so that shares are shared. */
  private static GaussianMixture blurred() {
    return Builtin.randomMixture(4, 6, 3);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void likelihoodNeverFalls(Kind kind) {
    try (Engine engine = Engine.open("reference", 2)) {
      // A floor that is added to a maximum moves off it: 1e-9 of variances near 0.1 is nothing.
      FitOptions options = options(5, kind).withFloor(1e-9).withTolerance(0).withIterations(40);
      double[] history =
          MixtureFitter.fit(engine, draws(engine, blurred(), 600), options).logLikelihoods();
      for (int i = 1; i < history.length; i++) {
        // rounding of a sum of 600 logarithms in float64
        assertTrue(history[i] >= history[i - 1] - 1e-12, kind + " at iteration " + i);
      }
      assertTrue(history[history.length - 1] > history[0] + 1e-3, "EM has moved: " + kind);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void everyTierAndThreadCountGivesTheSameBits(Kind kind) {
    double[] first = null;
    for (Tier tier : Backends.tiers()) {
      if (tier.reason().isPresent() || tier.name().equals("reference")) {
        continue;
      }
      for (int threads : List.of(1, 3)) {
        try (Engine engine = Engine.open(tier.name(), threads)) {
          FitOptions options = options(5, kind).withTolerance(0).withIterations(6).withSeed(9);
          MixtureFit fit = MixtureFitter.fit(engine, draws(engine, blurred(), 1021), options);
          double[] bits = numbers(fit);
          first = first == null ? bits : first;
          assertArrayEquals(first, bits, 0.0, tier.name() + ", " + threads + " threads");
        }
      }
    }
  }

  private static double[] numbers(MixtureFit fit) {
    MixtureParameters file = fit.parameters();
    double[] covariance =
        switch (file.covariance()) {
          case Covariance.Isotropic(double[] c) -> c;
          case Covariance.Diagonal(double[] c) -> c;
          case Covariance.LowRank(double[] f, int _, double[] _) -> f;
          case Covariance.Full(double[] c) -> c;
        };
    return java.util.stream.Stream.of(
            file.weights(), file.means(), covariance, fit.logLikelihoods())
        .flatMapToDouble(java.util.Arrays::stream)
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void knownMixtureIsFound(String tier) {
    GaussianMixture truth = (GaussianMixture) Builtin.parse("three-gaussians");
    try (Engine engine = Matrix.open(tier, 2)) {
      Samples rows = draws(engine, truth, 6000);
      MixtureFit fit =
          MixtureFitter.fit(
              engine, rows, FitOptions.of(3, Kind.FULL).withRestarts(2).withTolerance(1e-6));
      assertTrue(fit.converged());
      double[] matrices = ((Covariance.Full) fit.parameters().covariance()).matrices();
      double[] exact = ((Covariance.Full) truth.covariance()).matrices();
      for (int k = 0; k < 3; k++) {
        int nearest = nearest(fit.parameters(), truth, k);
        // five standard errors: of a weight sqrt(w (1 - w) / N), of a mean sqrt(c / N_k), of a
        // covariance sqrt(2) c / sqrt(N_k), with N_k of 1200 and more and c of 1 and less
        assertEquals(truth.weight(k), fit.parameters().weights()[nearest], 5 * .0065);
        for (int j = 0; j < 3; j++) {
          assertEquals(truth.mean(k, j), fit.parameters().means()[3 * nearest + j], 5 * .029);
        }
        for (int e = 0; e < 9; e++) {
          assertEquals(exact[9 * k + e], matrices[9 * nearest + e], 5 * .041);
        }
      }
    }
  }

  private static int nearest(MixtureParameters fit, GaussianMixture truth, int k) {
    int best = 0;
    double smallest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < fit.components(); i++) {
      double square = 0;
      for (int j = 0; j < truth.dim(); j++) {
        square += Math.pow(fit.means()[i * truth.dim() + j] - truth.mean(k, j), 2);
      }
      if (square < smallest) {
        smallest = square;
        best = i;
      }
    }
    return best;
  }

  /** Components went to the platform's common pool, whatever the engine was opened with. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void componentsStayOnTheThreadsOfTheEngine(int threads) {
    try (Engine engine = Engine.open("java", threads)) {
      Set<Thread> used = ConcurrentHashMap.newKeySet();
      Set<Integer> components = ConcurrentHashMap.newKeySet();
      FitRows.forEachComponent(
          engine,
          1000,
          k -> {
            used.add(Thread.currentThread());
            components.add(k);
          });
      assertEquals(1000, components.size());
      assertTrue(used.size() <= threads, used.toString());
      assertTrue(used.stream().noneMatch(ForkJoinWorkerThread.class::isInstance), used.toString());
    }
  }

  @Test
  void lowRankOfTwoLinesFindsThemAndTheirFloor() {
    int d = 20;
    double[] factors = new double[2 * d];
    double[] means = new double[2 * d];
    for (int j = 0; j < d; j++) {
      factors[j] = j % 2 == 0 ? 1 : 0;
      factors[d + j] = j % 2 == 0 ? 0 : .5;
      means[d + j] = 3;
    }
    GaussianMixture truth =
        new GaussianMixture(
            new double[] {1, 1},
            means,
            d,
            new Covariance.LowRank(factors, 1, new double[] {.01, .04}));
    try (Engine engine = Engine.open()) {
      MixtureFit fit =
          MixtureFitter.fit(
              engine, draws(engine, truth, 4000), FitOptions.lowRank(2, 1).withTolerance(1e-6));
      Covariance.LowRank found = (Covariance.LowRank) fit.parameters().covariance();
      for (int k = 0; k < 2; k++) {
        int at = nearest(fit.parameters(), truth, k);
        double[] one = ((Covariance.LowRank) truth.covariance()).floor();
        // five standard errors of a variance from 2000 x 19 numbers: sqrt(2 / 38000) = .0073
        assertEquals(one[k], found.floor()[at], 5 * .0073 * one[k]);
        for (int i = 0; i < d; i++) {
          for (int j = 0; j < d; j++) {
            double exact = factors[k * d + i] * factors[k * d + j];
            double product = found.factors()[at * d + i] * found.factors()[at * d + j];
            assertEquals(exact, product, 5 * Math.sqrt(2. / 2000)); // of a variance of 1
          }
        }
      }
    }
  }

  @Test
  void rowsFewerThanTheDimensionLeaveTheFloorAndAWarning() {
    try (Engine engine = Engine.open()) {
      Samples rows = draws(engine, Builtin.randomMixture(2, 30, 1), 12);
      for (Kind kind : Kind.values()) {
        MixtureFit fit = MixtureFitter.fit(engine, rows, options(2, kind).withFloor(1e-3));
        assertTrue(
            fit.warnings().get(0).contains("12 rows in dimension 30"), fit.warnings()::toString);
        GaussianMixture mixture = fit.mixture(); // throws where a covariance is indefinite
        if (kind == Kind.FULL) {
          double[] values = mixture.spectrum().values();
          // 1e-5: rounding of float32 in variances of up to 30
          assertEquals(1e-3, java.util.Arrays.stream(values).min().orElseThrow(), 1e-5);
        }
      }
    }
  }

  @Test
  void equalRowsCollapseToTheFloorAndStayFinite() {
    try (Engine engine = Engine.open()) {
      Samples rows = engine.samples(new double[40], 20);
      for (Kind kind : List.of(Kind.ISOTROPIC, Kind.FULL)) {
        MixtureFit fit = MixtureFitter.fit(engine, rows, FitOptions.of(3, kind));
        for (double number : numbers(fit)) {
          assertTrue(Double.isFinite(number), kind.toString());
        }
        assertTrue(fit.warnings().toString().contains("weight 0"), fit.warnings()::toString);
      }
    }
  }

  @Test
  void moreRestartsNeverMakeItWorse() {
    try (Engine engine = Engine.open()) {
      Samples rows = draws(engine, (GaussianMixture) Builtin.parse("grid49"), 1500);
      FitOptions options = FitOptions.of(20, Kind.ISOTROPIC).withIterations(15);
      double one = MixtureFitter.fit(engine, rows, options).logLikelihood();
      MixtureFit best = MixtureFitter.fit(engine, rows, options.withRestarts(5));
      assertTrue(best.logLikelihood() >= one);
      // five random starts of 20 centres on 49 modes: that the first is the best is 1 in 5, and
      // with this seed it is not
      assertTrue(best.restart() > 0);
    }
  }

  @Test
  void componentsFarFromZeroKeepTheirDigits() {
    // E[x^2] - E[x]^2 in float32 would have lost all of them: the ratio is 1e8
    double[] x = new double[2000];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i % 2 == 0 ? 100 : -100) + 0.01 * (i / 2 % 3 - 1);
    }
    try (Engine engine = Engine.open()) {
      MixtureFit fit =
          MixtureFitter.fit(
              engine, engine.samples(x, x.length), FitOptions.of(2, Kind.DIAGONAL).withFloor(1e-9));
      double exact = 2e-4 / 3;
      for (double variance : ((Covariance.Diagonal) fit.parameters().covariance()).variances()) {
        // float32 has 100.01 within 4e-6, of a step of 0.01
        assertEquals(exact, variance, 1e-3 * exact);
      }
    }
  }

  @Test
  void badInputIsRefusedInOneLine() {
    try (Engine engine = Engine.open()) {
      Samples rows = engine.samples(new double[] {1, 2, 3, 4}, 2);
      refused("components: found 3, allowed: 1 to 2", engine, rows, 3, Kind.FULL);
      refused("components: found 0", engine, rows, 0, Kind.FULL);
      refused("rank: found 2, allowed: 1 to 1", engine, rows, 1, Kind.LOW_RANK);
      Samples bad = engine.samples(new double[] {1, 2, Double.NaN, 4}, 2);
      refused("NaN or infinity in row 1", engine, bad, 1, Kind.DIAGONAL);
      assertThrows(InvalidInputException.class, () -> FitOptions.of(1, Kind.FULL).withFloor(0));
      assertThrows(
          InvalidInputException.class, () -> FitOptions.of(1, Kind.FULL).withTolerance(Double.NaN));
    }
  }

  private static void refused(
      String message, Engine engine, Samples rows, int components, Kind kind) {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> MixtureFitter.fit(engine, rows, options(components, kind)));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertFalse(e.getMessage().contains("\n"));
  }

  @Test
  void floorUnderTheRoundingOfFloat32IsSaid() {
    try (Engine engine = Engine.open()) {
      if (engine.backend().precision() == Precision.FLOAT64) {
        return;
      }
      // one direction of variance 1e8, none across: rounding leaves about 10 of either sign
      double[] x = new double[600];
      for (int i = 0; i < 200; i++) {
        for (int j = 0; j < 3; j++) {
          x[3 * i + j] = 1e4 * Math.sin(i) * (j + 1 / 3.);
        }
      }
      MixtureFit fit =
          MixtureFitter.fit(engine, engine.samples(x, 200), FitOptions.of(1, Kind.FULL));
      assertTrue(fit.warnings().toString().contains("rounding"), fit.warnings()::toString);
    }
  }
}
