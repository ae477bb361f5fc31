package dev.tweedie.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Tier;
import dev.tweedie.check.Checks;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import dev.tweedie.threads.Workers;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
  /**
   * Noise of sigma 0.5 has mean square 0.25; the clean digits themselves are points of the prior.
   */
  @Test
  void denoisedDigitsAreNearerThanNoisyOnes() {
    double[] errors = DenoiseDigits.errors();
    assertEquals(0.25, errors[0], 0.01);
    assertTrue(errors[1] < 0.01, "found " + errors[1]);
  }

  /** Within four standard errors of 4,000 rows. */
  @Test
  void samplesHaveTheWeightsOfTheMixture() {
    double tolerance = 4 * Math.sqrt(0.3 * 0.7 / 4000);
    assertEquals(0.3, SampleMixture.shareOnTheRight("mixture", SampleMixture.FEW_STEPS), tolerance);
    assertEquals(0.3, SampleMixture.shareOnTheRight("heun", SampleMixture.FOR_SOLVERS), tolerance);
  }

  /**
   * Against the moments that k-diffusion's form of the same solver has, step by step, for N(0.7,
   * 0.09), whose denoiser is linear; within four standard errors, which plain ancestral steps miss.
   */
  @Test
  void theSolverFromOutsideHasItsPapersMoments() {
    Schedule schedule = Schedules.karras(6, 0.05, 5, 7);
    double[] expected = momentsOfTheSolver(schedule, 0.7, 0.09);
    int rows = 40_000;
    double[] found = moments(new StochasticMultistep(), schedule, rows);
    double spread = 4 * expected[1] * Math.sqrt(2.0 / rows);
    assertEquals(expected[0], found[0], 4 * Math.sqrt(expected[1] / rows));
    assertEquals(expected[1], found[1], spread);
    double plain = moments(Samplers.parse("ancestral"), schedule, rows)[1];
    assertTrue(Math.abs(plain - expected[1]) > spread, plain + " beside " + expected[1]);
  }

  private static double[] moments(Sampler sampler, Schedule schedule, int rows) {
    var prior =
        new GaussianMixture(
            new double[] {1}, new double[] {.7}, 1, new Covariance.Isotropic(new double[] {.09}));
    try (Engine engine = Engine.open()) {
      double[] x =
          sampler.sample(ExactPosterior.of(engine, prior), schedule, 0, rows, 3).toDoubles();
      double mean = Arrays.stream(x).average().orElseThrow();
      double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / (rows - 1);
      return new double[] {mean, variance};
    }
  }

  /** Of x - m and the previous estimate minus m: mean (a, b) and covariance (aa, ab, bb). */
  private static double[] momentsOfTheSolver(Schedule schedule, double m, double v) {
    double first = schedule.noisiest().sigma();
    double a = -m;
    double b = 0;
    double aa = first * first;
    double ab = 0;
    double bb = 0;
    double before = 0; // h of the last step
    for (int i = schedule.size() - 1; i >= 0; i--) {
      double s = schedule.level(i).sigma();
      double k = v / (v + s * s); // D - m = k (x - m)
      double p = k; // x_u - m = p (x - m) + q (D_previous - m) + noise; the last step is D
      double q = 0;
      double noise = 0;
      if (i > 0) {
        double u = schedule.level(i - 1).sigma();
        double h = Math.log(s / u);
        p = u / s * Math.exp(-h) + (1 - Math.exp(-2 * h)) * k;
        if (i < schedule.size() - 1) {
          double correction = 0.5 * (1 - Math.exp(-2 * h)) * h / before;
          p += correction * k;
          q = -correction;
        }
        noise = u * u * (1 - Math.exp(-2 * h));
        before = h;
      }
      double mean = p * a + q * b;
      double variance = p * p * aa + 2 * p * q * ab + q * q * bb + noise;
      ab = k * (p * aa + q * ab);
      bb = k * k * aa;
      b = k * a;
      a = mean;
      aa = variance;
    }
    return new double[] {a + m, aa};
  }

  /** As a jar with the line of README.md would bring it. */
  @Test
  void theSolverFromOutsideHasANameOnThePath(@TempDir Path folder) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        services.resolve("dev.tweedie.reverse.SamplerProvider"),
        "dev.tweedie.examples.StochasticMultistep$Provider");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    URL[] path = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(path, before)) {
      thread.setContextClassLoader(loader);
      assertEquals(new StochasticMultistep(), Samplers.parse("dpmpp-2m-sde"));
      assertThrows(InvalidInputException.class, () -> Samplers.parse("dpmpp-2m-sde:2"));
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** The filter's law is what a sampler must return: within four standard errors of 10,000. */
  @Test
  void aDenoiserFromOutsideSamplesItsLaw() {
    assertEquals(0.25, OwnDenoiser.variance(0.25), 4 * 0.25 * Math.sqrt(2.0 / 10_000));
  }

  /** The fault is found where it is, and nowhere else. */
  @Test
  void checkFindsAPlantedFault() {
    Tier faulty = new PlantedFault().tiers(Numerics.EXACT).getFirst();
    try (Workers workers = Workers.of(2);
        Backend subject = faulty.opener().apply(workers);
        Engine exact = Engine.open("java:scalar", 2);
        Engine reference = Engine.open("reference", 2)) {
      for (String op : List.of("step", "stepRows", "residual")) {
        boolean passed =
            Checks.cases(op).stream()
                .map(check -> Checks.run(check, subject, exact.backend(), reference.backend()))
                .allMatch(Checks.Result::passed);
        assertEquals(!op.equals("step"), passed, op);
      }
    }
  }

  /** At sigma 0.5 the law is N(0, 1 + 0.25) on each axis: score -x / 1.25. */
  @Test
  void theScoreOfOneGaussianIsLinear() {
    double[] field = ScoreField.scores(new double[] {1, -2}, 0.5);
    assertEquals(-0.8, field[0], 1e-6);
    assertEquals(1.6, field[1], 1e-6);
  }
}
