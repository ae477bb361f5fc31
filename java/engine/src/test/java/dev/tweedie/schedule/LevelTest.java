package dev.tweedie.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LevelTest {
  /** A handful of operations, each rounded once. */
  private static final double ROUNDING = 8 * 0x1p-53;

  private static void near(double expected, double actual) {
    assertEquals(expected, actual, ROUNDING * Math.abs(expected));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-40, -3, 0, 3, 10, 40, 200})
  void snrInDecibels(double dB) {
    Level level = Level.ofSnrDb(dB);
    near(1, level.alpha() * level.alpha() + level.sigma() * level.sigma());
    near(StrictMath.pow(10, dB / 10), level.snr());
    assertEquals(dB, level.snrDb(), 1e-13 * (1 + Math.abs(dB))); // log10 of a rounded ratio
  }

  @Test
  void abarIsTheSquareOfAlpha() {
    near(0.81, Math.pow(Level.ofAbar(0.81).alpha(), 2));
    near(1e-12, Math.pow(Level.ofAbar(1e-12).alpha(), 2));
    near(0x1p-40, Math.pow(Level.ofAbar(1 - 0x1p-40).sigma(), 2));
  }

  @Test
  void smallOuTimesKeepTheirDigits() {
    // sigma^2 = 1 - e^-2t = 2t - 2t^2 + ...: subtracting from 1 would leave none
    near(Math.sqrt(2e-18), Level.ofOuTime(1e-18).sigma());
    Level level = Level.ofOuTime(Math.log(2));
    near(0.5, level.alpha());
    near(Math.sqrt(0.75), level.sigma());
  }

  @Test
  void halfTheLogOfTheSnr() {
    assertEquals(Math.log(0.8 / 0.6), Level.of(0.8, 0.6).logRatio(), ROUNDING);
    assertEquals(Double.POSITIVE_INFINITY, Level.CLEAN.snr());
  }

  // ---- transitions ----

  /** {@code s_t^2 - (a_t / a_u)^2 s_u^2} of the levels' exact values, to 60 digits. */
  private static double exactVariance(Level t, Level u) {
    MathContext digits = new MathContext(60);
    BigDecimal ratio = new BigDecimal(t.alpha()).divide(new BigDecimal(u.alpha()), digits);
    BigDecimal kept = ratio.multiply(new BigDecimal(u.sigma()), digits).pow(2);
    return new BigDecimal(t.sigma()).pow(2).subtract(kept, digits).doubleValue();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.9})
  void transitionVarianceKeepsItsDigitsForNeighbours(double gap) {
    for (Level t :
        List.of(Level.ofAbar(0.3), Level.ofAbar(0.999), Level.ofAbar(1e-4), Level.of(0.01, 20))) {
      Level preserving = Level.of(t.alpha() * (1 + gap), t.sigma() * (1 - gap));
      near(exactVariance(t, preserving), t.transitionVariance(preserving));
      Level exploding = Level.of(t.alpha(), t.sigma() * (1 - gap));
      near(exactVariance(t, exploding), t.transitionVariance(exploding));
    }
  }

  @Test
  void transitionVarianceBetweenLevelsOfDifferentProcessesAndFarApart() {
    for (Level t : List.of(Level.of(0.2, 0.9), Level.ofSigma(80))) {
      for (Level u : List.of(Level.of(0.9, 0.1), Level.of(3, 0.01), Level.ofSigma(1e-5))) {
        near(exactVariance(t, u), t.transitionVariance(u));
      }
    }
  }

  @Test
  void transitionOfTheGoldenStep() {
    Level t = Level.of(.8, .6);
    Level u = Level.of(.9, Math.sqrt(.19));
    assertEquals(.209876543210, t.transitionVariance(u), 1e-12); // printed with twelve decimals
    near(.8 / .9, t.transitionAlpha(u));
  }

  @Test
  void transitionToTheCleanLevelIsTheWholeNoise() {
    near(.36, Level.of(.8, .6).transitionVariance(Level.CLEAN));
  }

  @Test
  void adjacentDdpmStepsGiveTheirBeta() {
    double beta = 1e-4;
    Level u = Level.ofAbar(0.99);
    Level t = Level.ofAbar(0.99 * (1 - beta));
    // abar of t is rounded: beta is known to 2^-53 / beta of itself, a few times
    assertEquals(beta, t.transitionVariance(u), 8 * 0x1p-53);
  }

  @Test
  void aReverseStepGoesToAHigherSnr() {
    Level level = Level.of(.8, .6);
    for (Level target : List.of(level, Level.of(.7, .6), Level.of(1.6, 1.2))) {
      refused("reverse step: from ", () -> level.transitionVariance(target));
    }
  }

  // ---- bad input ----

  private static void refused(String start, Executable work) {
    String message = assertThrows(InvalidInputException.class, work).getMessage();
    assertTrue(message.startsWith(start), message);
    assertFalse(message.contains("\n"), message);
    assertTrue(message.contains("allowed"), message);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void alphaAndSigmaArePositiveAndFinite(double value) {
    refused("alpha: found " + value, () -> Level.of(value, 1));
    refused("sigma: found " + value, () -> Level.of(1, value));
    refused("sigma: found " + value, () -> Level.ofSigma(value));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -0.5, 2, Double.NaN})
  void abarIsBetweenZeroAndOne(double value) {
    refused("abar: found " + value, () -> Level.ofAbar(value));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void ouTimesArePositive(double value) {
    refused("time: found " + value, () -> Level.ofOuTime(value));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void decibelsAreFinite(double value) {
    refused("snr: found " + value, () -> Level.ofSnrDb(value));
  }
}
