package dev.tweedie.reverse.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.curvature.Curvature;
import dev.tweedie.metric.KullbackLeibler;
import dev.tweedie.metric.Wasserstein;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReverseMixtureTest {
  private static final Level FROM = Level.of(.8, .6);
  private static final Level TO = Level.of(.9, Math.sqrt(.19));
  private static final double[] Y = {.3, .4, -.2};

  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 1);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** Appendix A of the mathematics, printed with twelve digits. */
  @Test
  void goldenNumbersOfThreeGaussians() {
    ReverseMixture kernel = new ReverseMixture(Builtin.parse("three-gaussians"), FROM, TO);
    double[] first = new double[3];
    double[] eigenvalues = new double[3];
    assertEquals(-3.141622585152, kernel.at(Y), 1e-12);
    for (int j = 0; j < 3; j++) {
      first[j] = kernel.mean(0, j);
      eigenvalues[j] = kernel.variance(0, j);
    }
    Arrays.sort(eigenvalues);
    assertArrayEquals(new double[] {.511111111111, .256466302368, -.559119496855}, first, 1e-12);
    assertArrayEquals(
        new double[] {.134142790589, .151386359037, .183641975309}, eigenvalues, 1e-12);
    assertArrayEquals(
        new double[] {.452029906892, .296591130951, -.504785332887}, kernel.mean(), 1e-12);
    assertEquals(.904779181222, kernel.weight(0), 1e-12);
  }

  static List<Prior> everyKind() {
    double[] weights = {.3, .7};
    double[] means = {1, 0, -1, -.5, .2, .4};
    return List.of(
        Builtin.parse("three-gaussians"),
        new GaussianMixture(weights, means, 3, new Covariance.Isotropic(new double[] {.2, 0})),
        new GaussianMixture(
            weights, means, 3, new Covariance.Diagonal(new double[] {.1, .2, 0, .3, .4, .5})),
        new GaussianMixture(
            weights,
            means,
            3,
            new Covariance.LowRank(new double[] {1, 0, .5, .3, 1, 0}, 1, new double[] {.1, 0})),
        DataSet.of(means, 3));
  }

  /**
   * Acceptance check: the mixture's mean is DDPM's posterior mean, its covariance beta-tilde I +
   * kappa_0^2 C(x). The moments of x_0 come from each backend's ops: in float32 some 20 roundings
   * of numbers below 2.
   */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void momentsAreThoseOfTheDdpmPosterior(String tier) {
    double v = .36 - .64 / .81 * .19; // rounds to 1e-16, far below the tolerance
    double kappa0 = .9 * v / .36;
    double betaTilde = v * .19 / .36;
    Coefficients ddpm = new Coefficients(.8 / .9 * .19 / .36, kappa0, 0, 0);
    try (Engine each = Matrix.open(tier, 1)) {
      double error = each.backend().precision() == Precision.FLOAT64 ? 1e-12 : 40 * 0x1p-24;
      for (Prior prior : everyKind()) {
        ExactPosterior posterior = ExactPosterior.of(each, prior);
        Samples x = each.samples(Y, 1);
        Samples mean = each.samples(1, 3);
        each.backend().step(ddpm, StepTerms.of(x, mean).denoised(posterior.denoise(x, FROM)));
        double[] covariance = new Curvature(posterior, FROM).covariance(x).toDoubles();
        for (int j = 0; j < 9; j++) {
          covariance[j] = kappa0 * kappa0 * covariance[j] + (j % 4 == 0 ? betaTilde : 0);
        }
        ReverseMixture kernel = new ReverseMixture(prior, FROM, TO);
        kernel.at(Y);
        assertArrayEquals(kernel.mean(), mean.toDoubles(), error);
        assertArrayEquals(kernel.covariance(), covariance, error);
      }
    }
  }

  /** The golden numbers by draws of every backend: five standard errors of the mixture mean. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void drawsHaveTheGoldenMean(String tier) {
    int n = 40_000;
    double[] mean = {.452029906892, .296591130951, -.504785332887};
    try (Engine each = Matrix.open(tier, 2)) {
      double[] rows = new double[3 * n];
      Arrays.setAll(rows, i -> Y[i % 3]);
      Samples out = each.samples(n, 3);
      ExactPosterior posterior = ExactPosterior.of(each, Builtin.parse("three-gaussians"));
      NoiseAddress at = NoiseAddress.of(9, Streams.STEP, 0);
      posterior.draw(each.samples(rows, n), FROM, TO, at, out);
      ReverseMixture kernel = new ReverseMixture(Builtin.parse("three-gaussians"), FROM, TO);
      kernel.at(Y);
      double[] draws = out.toDoubles();
      for (int j = 0; j < 3; j++) {
        int column = j;
        double found = IntStream.range(0, n).mapToDouble(i -> draws[3 * i + column]).sum() / n;
        assertEquals(mean[j], found, 5 * Math.sqrt(kernel.covariance()[4 * j] / n));
      }
    }
  }

  /** Off the diagonal: points have one common covariance, so that of their means is left. */
  @Test
  void offTheDiagonalPointsVaryWithTheirMeans() {
    double[] points = {0, 0, 1, 1, -1, .5};
    ReverseMixture kernel = new ReverseMixture(DataSet.of(points, 2), FROM, TO);
    kernel.at(new double[] {.3, .4});
    double expected = 0;
    for (int k = 0; k < 3; k++) {
      expected +=
          kernel.weight(k)
              * (kernel.mean(k, 0) - kernel.mean()[0])
              * (kernel.mean(k, 1) - kernel.mean()[1]);
    }
    assertEquals(expected, kernel.covariance()[1], 1e-15);
    assertEquals(expected, kernel.covariance()[2], 1e-15);
  }

  @Test
  void densityHasMassOneAndItsOwnMean() {
    ReverseMixture kernel = new ReverseMixture(Builtin.parse("bimodal"), FROM, TO);
    kernel.at(new double[] {.1});
    double mass = 0;
    double mean = 0;
    // Steps of a 30th of the smallest deviation: the trapezoid rule is exact to rounding.
    for (int i = -1000; i <= 1000; i++) {
      double y = i * .004;
      double density = Math.exp(kernel.logDensity(new double[] {y})) * .004;
      mass += density;
      mean += density * y;
    }
    assertEquals(1, mass, 1e-12);
    assertEquals(kernel.mean()[0], mean, 1e-12);
    double self =
        KullbackLeibler.quadrature(
            y -> kernel.logDensity(new double[] {y}),
            y -> kernel.logDensity(new double[] {y}),
            -4,
            4,
            2001);
    assertEquals(0, self);
  }

  /** Acceptance check: t to u to 0 has the law of t to 0, which is that of exact draws. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void twoHopsHaveTheLawOfOne(String tier) {
    engine.close();
    engine = Matrix.open(tier, 2);
    int n = 200_000;
    ExactPosterior posterior =
        ExactPosterior.of(
            engine,
            new GaussianMixture(
                new double[] {.3, .7},
                new double[] {-1, 1},
                1,
                new Covariance.Isotropic(new double[] {.01, .09})));
    Level noisy = Level.ofAbar(.04);
    Level middle = Level.ofAbar(.49);
    double[] exact = draws(posterior, n, 1);
    double floor = Wasserstein.folded(exact, draws(posterior, n, 2));
    Samples x = engine.samples(n, 1);
    Samples clean = engine.samples(draws(posterior, n, 3), n);
    NoiseAddress forward = NoiseAddress.of(4, Streams.FORWARD, 0);
    Coefficients level = new Coefficients(noisy.alpha(), 0, 0, noisy.sigma());
    engine.run(() -> engine.backend().step(level, StepTerms.of(clean, x).noise(forward)));
    Samples once = engine.samples(n, 1);
    posterior.draw(x, noisy, Level.CLEAN, NoiseAddress.of(5, Streams.STEP, 0), once);
    Samples half = engine.samples(n, 1);
    posterior.draw(x, noisy, middle, NoiseAddress.of(6, Streams.STEP, 1), half);
    Samples twice = engine.samples(n, 1);
    posterior.draw(half, middle, Level.CLEAN, NoiseAddress.of(7, Streams.STEP, 0), twice);
    // The floor itself is one draw of a random number: its size over seeds was .0018.
    double most = 2 * Math.max(floor, .0018);
    assertTrue(Wasserstein.folded(exact, once.toDoubles()) <= most);
    assertTrue(Wasserstein.folded(exact, twice.toDoubles()) <= most);
    // The bound sees a wrong law: mode weights off by a tenth.
    double[] wrong = twice.toDoubles();
    for (int i = 0; i < n / 10; i++) {
      wrong[i] *= 1.5;
    }
    assertTrue(Wasserstein.folded(exact, wrong) > most);
  }

  private double[] draws(ExactPosterior posterior, int n, long seed) {
    Samples out = engine.samples(n, 1);
    new PriorSampler(posterior).draw(NoiseAddress.of(seed, Streams.PRIOR, 0), out);
    return out.toDoubles();
  }

  /** Where the exact kernel is a Gaussian, the one with its moments is the same. */
  @Test
  void fullCovarianceIsExactForAGaussian() {
    double[] matrix = {1, .5, .5, .4};
    ExactPosterior posterior =
        ExactPosterior.of(
            engine,
            new GaussianMixture(
                new double[] {1}, new double[] {1, -1}, 2, new Covariance.Full(matrix)));
    int n = 40_000;
    Schedule schedule = Schedules.vpCosine(3);
    double[] x = new FullCovariance().sample(posterior, schedule, 0, n, 8).toDoubles();
    double[] sum = new double[5];
    for (int i = 0; i < n; i++) {
      double a = x[2 * i] - 1;
      double b = x[2 * i + 1] + 1;
      double[] terms = {a, b, a * a, a * b, b * b};
      for (int j = 0; j < 5; j++) {
        sum[j] += terms[j] / n;
      }
    }
    // Standard errors are at most sqrt(2 / n) = .007; four of them.
    assertArrayEquals(new double[] {0, 0, 1, .5, .4}, sum, .028);
  }

  /** With data of variance c in every direction, E[tr C] / d is c s^2 / (a^2 c + s^2). */
  @Test
  void bestIsotropicVarianceOfAGaussianIsItsPosteriorVariance() {
    ExactPosterior posterior =
        ExactPosterior.of(
            engine,
            new GaussianMixture(
                new double[] {1}, new double[2], 2, new Covariance.Isotropic(new double[] {.25})));
    Schedule schedule = Schedules.vpCosine(4);
    BestIsotropic sampler = BestIsotropic.of(posterior, schedule, 10, 1);
    for (int i = 0; i < 4; i++) {
      Level level = schedule.level(i);
      double a2 = level.alpha() * level.alpha();
      double s2 = level.sigma() * level.sigma();
      assertEquals(.25 * s2 / (a2 * .25 + s2), sampler.variances()[i], 1e-12);
    }
    double[] x = sampler.sample(posterior, schedule, 0, 20_000, 9).toDoubles();
    double squares = Arrays.stream(x).map(v -> v * v).sum() / x.length;
    // The chain starts at N(0, I) instead of the noisiest marginal; what is left of that is far
    // below four standard errors, .25 sqrt(2 / 40000) each.
    assertEquals(.25, squares, 4 * .25 * Math.sqrt(2. / x.length));
  }

  @Test
  void badInputIsOneClearLine() {
    refused("65", () -> new ReverseMixture(DataSet.of(new double[65], 65), FROM, TO));
    refused("higher SNR", () -> new ReverseMixture(Builtin.parse("bimodal"), TO, FROM));
    refused("-1", () -> new BestIsotropic(-1));
    ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("bimodal"));
    refused(
        "one a level",
        () -> new BestIsotropic(.1, .1).sample(posterior, Schedules.vpCosine(3), 0, 1, 0));
  }

  private static void refused(String part, Executable call) {
    String message = assertThrows(InvalidInputException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }
}
