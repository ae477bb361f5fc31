package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
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
    assertEquals(LevelPrior.powerLaw(3, .05, 5, 33), LevelPrior.parse("power:3:0.05:5:33"));
    assertEquals(LevelPrior.powerLaw(.5, .05, 5, 64), LevelPrior.parse("power:0.5:0.05:5"));
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
    refused("power NaN", () -> LevelPrior.powerLaw(Double.NaN, 1, 2, 5));
    refused("power:P:MIN:MAX", () -> LevelPrior.parse("uniform:1:2"));
    refused("numbers", () -> LevelPrior.parse("power:3:a:2"));
  }

  private static void refused(String word, Executable make) {
    String message = assertThrows(InvalidInputException.class, make).getMessage();
    assertTrue(message.contains(word) && message.contains("allowed"), message);
    assertEquals(1, message.lines().count());
  }
}
