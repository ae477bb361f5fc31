package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class LevelPriorTest {
  /** Half cells at the ends, density times sigma inside: by hand for sigma = 1, 2, 4. */
  @Test
  void massesAreTheTrapezoidInLogSigma() {
    LevelPrior prior = LevelPrior.powerLaw(3, 1, 4, 3);
    double[] expected = {0.5, 1. / 4, 0.5 / 16};
    double sum = expected[0] + expected[1] + expected[2];
    for (int s = 0; s < 3; s++) {
      assertEquals(expected[s] / sum, Math.exp(prior.logMass(s)), 1e-15, "level " + s);
    }
    assertEquals(prior, LevelPrior.of(new double[] {1, prior.sigma(1), 4}, power3(prior)));
  }

  private static double[] power3(LevelPrior prior) {
    return new double[] {1, Math.pow(prior.sigma(1), -3), 1. / 64};
  }

  /** Uneven cells: log sigma 0, 1, 3 have the cells 1/2, 3/2, 1. */
  @Test
  void unevenLevelsHaveTheirOwnCells() {
    double[] sigmas = {1, Math.E, Math.exp(3)};
    LevelPrior prior = LevelPrior.of(sigmas, new double[] {1, 1 / Math.E, Math.exp(-3)});
    assertEquals(0.5 / 3, Math.exp(prior.logMass(0)), 1e-15);
    assertEquals(1.5 / 3, Math.exp(prior.logMass(1)), 1e-15);
    assertEquals(1.0 / 3, Math.exp(prior.logMass(2)), 1e-15);
  }

  @Test
  void steepPowersDoNotOverflow() {
    LevelPrior prior = LevelPrior.powerLaw(400, 1e-3, 1e3, 9);
    assertEquals(0, prior.logMass(0), 1e-15);
    assertEquals(-(399 * Math.log(1e6)) + prior.logMass(0), prior.logMass(8), 1e-9);
  }

  @Test
  void theTextOfTheCommandLine() {
    assertEquals(LevelPrior.powerLaw(3, .05, 5, 33), LevelPrior.parse("power:3:0.05:5:33", 9999));
    assertEquals(LevelPrior.powerLaw(.5, .05, 5, 64), LevelPrior.parse("power:0.5:0.05:5", 2));
  }

  @Test
  void aPriorWithoutMassAndOtherBadInputIsRefused() {
    double[] two = {1, 2};
    refused("no mass", () -> LevelPrior.of(two, new double[] {0, 0}));
    refused("density -1.0 at level 1", () -> LevelPrior.of(two, new double[] {1, -1}));
    refused("density NaN", () -> LevelPrior.of(two, new double[] {Double.NaN, 1}));
    refused("3 densities", () -> LevelPrior.of(two, new double[3]));
    refused("no levels", () -> LevelPrior.of(new double[0], new double[0]));
    refused("increasing", () -> LevelPrior.of(new double[] {2, 2}, two));
    refused("sigma 0.0", () -> LevelPrior.of(new double[] {0, 1}, two));
    refused("sigma 0.0", () -> LevelPrior.powerLaw(3, 0, 1, 5));
    refused("MIN < MAX", () -> LevelPrior.powerLaw(3, 2, 1, 5));
    refused("MIN < MAX", () -> LevelPrior.powerLaw(3, 1, 2, 1));
    refused("0 levels", () -> LevelPrior.powerLaw(3, 1, 2, 0));
    refused("641000001 levels", () -> LevelPrior.parse("power:1:0.01:10:641000001", 16));
    refused("power NaN", () -> LevelPrior.powerLaw(Double.NaN, 1, 2, 5));
    refused("power:P:MIN:MAX", () -> LevelPrior.parse("uniform:1:2", 2));
    refused("numbers", () -> LevelPrior.parse("power:3:a:2", 2));
  }

  private static void refused(String word, Executable make) {
    String message = assertThrows(InvalidInputException.class, make).getMessage();
    assertTrue(message.contains(word) && message.contains("allowed"), message);
    assertEquals(1, message.lines().count());
  }

  @Test
  void levelsAreNoFurtherApartThanARowTellsThem() {
    for (int dim : new int[] {1, 64, 784, 3072, 100_000}) {
      int count = LevelPrior.levels(.01, 10, dim);
      double apart = Math.log(1000) / (count - 1);
      assertTrue(count == 64 || apart <= Math.sqrt(2.0 / dim), dim + ": " + count);
      assertEquals(count, LevelPrior.parse("power:1:0.01:10", dim).size());
    }
    assertEquals(64, LevelPrior.levels(.01, 10, 2));
    assertEquals(272, LevelPrior.levels(.01, 10, 3072)); // log 1000 / sqrt(2 / 3072) = 270.7
    assertEquals(4096, LevelPrior.levels(1e-300, 1e300, 1 << 30));
  }

  /**
   * A grid is fine enough where one eight times as fine says the same: with 64 levels the rows
   * below differ by more than 1e-2 of the denoiser's error.
   */
  @Test
  void theGridOfADimensionIsAsGoodAsAFinerOne() {
    int dim = 3072;
    double sigma = .05;
    SplittableRandom random = new SplittableRandom(1);
    double[] means = random.doubles(2L * dim, -1, 1).toArray();
    double[] factors = random.doubles(4L * dim, -1, 1).toArray();
    GaussianMixture prior =
        new GaussianMixture(
            new double[] {1, 1},
            means,
            dim,
            new Covariance.LowRank(factors, 2, new double[] {1e-4, 1e-4}));
    double[] rows = new double[4 * dim];
    double[] clean = new double[4 * dim];
    for (int i = 0; i < rows.length; i++) {
      int j = i % dim;
      int k = i / dim % 2;
      double first = i / dim - 1.5;
      clean[i] =
          means[k * dim + j]
              + first * factors[(k * dim + j) * 2]
              + .7 * factors[(k * dim + j) * 2 + 1]
              + .01 * random.nextGaussian();
      rows[i] = clean[i] + sigma * random.nextGaussian();
    }
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Samples y = engine.samples(rows, 4);
      int count = LevelPrior.levels(.01, 10, dim);
      double[] fine = estimate(posterior, y, 8 * count);
      double[] told = posterior.denoise(y, Level.ofSigma(sigma)).toDoubles();
      double[] found = estimate(posterior, y, count);
      double[] few = estimate(posterior, y, 64);
      double error = distance(told, clean);
      assertTrue(distance(found, fine) < 1e-3 * error, "" + distance(found, fine) / error);
      assertTrue(distance(few, fine) > 1e-2 * error, "" + distance(few, fine) / error);
    }
  }

  private static double[] estimate(ExactPosterior posterior, Samples y, int levels) {
    LevelPrior grid = LevelPrior.powerLaw(1, .01, 10, levels);
    return new ExactBlindDenoiser(posterior, grid).denoise(y).toDoubles();
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }
}
