package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.blind.BlindStep.Form;
import dev.tweedie.schedule.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlindStepTest {
  /** Variance after a step from x + z: keep^2 + noise; exactly e^-2(1-a)h for the exponential. */
  @ParameterizedTest
  @CsvSource({"0, .3", ".25, .8", ".5, .1", ".5, .5", ".75, .05"})
  void theContractionIsThatOfTheVariances(double a, double h) {
    for (Form form : Form.values()) {
      if (form == Form.EULER_FROZEN && h >= 2 * (1 - a)) {
        continue;
      }
      BlindStep step = new BlindStep(form, a, h);
      double variance = step.keep() * step.keep() + step.noise();
      assertEquals(Math.sqrt(variance), step.contraction(), 1e-15, form.toString());
    }
    BlindStep exact = new BlindStep(Form.EXPONENTIAL, a, h);
    assertEquals(Math.exp(-(1 - a) * h), exact.contraction(), 1e-15);
    assertEquals(10 * exact.contraction(), exact.sigmaAt(10, h), 1e-14);
  }

  /** Noise by midpoint quadrature of 2 a sigma_s^2 (e^-2(h-s) for the exponential) over a step. */
  @ParameterizedTest
  @CsvSource({"EXPONENTIAL, .5, .5", "EXPONENTIAL, .25, .2", "EULER, .5, .5", "EULER, .75, .1"})
  void theNoiseIsTheIntegralAlongTheImplicitSchedule(Form form, double a, double h) {
    int count = 2000; // error h^2 / (24 count^2): below 1e-8
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double s = h * (i + 0.5) / count;
      double decay = form == Form.EXPONENTIAL ? Math.exp(-2 * (h - s)) : 1;
      sum += 2 * a * Math.exp(-2 * (1 - a) * s) * decay * h / count;
    }
    assertEquals(sum, new BlindStep(form, a, h).noise(), 1e-7);
  }

  /** The table of steps from 10 to 0.01 of mathematics 4(d), the whole numbers above. */
  @ParameterizedTest
  @CsvSource({"0, .8, 9", "0, .1, 70", ".25, .5, 19", ".5, .5, 28", ".5, .1, 139", ".75, .2, 139"})
  void theNumberOfStepsIsTheLogarithmOfTheRatio(double a, double h, int expected) {
    BlindStep step = new BlindStep(Form.EXPONENTIAL, a, h);
    assertEquals(expected, step.steps(10, .01));
    Schedule schedule = step.schedule(10, .01);
    assertEquals(expected + 1, schedule.size());
    assertEquals(10, schedule.noisiest().sigma());
    assertTrue(schedule.level(0).sigma() <= .01 && schedule.level(1).sigma() > .01);
  }

  @Test
  void aWholeNumberOfStepsIsNotRoundedUp() {
    BlindStep step = new BlindStep(Form.EXPONENTIAL, 0, Math.log(10) / 4);
    assertEquals(12, step.steps(10, .01));
  }

  @ParameterizedTest
  @CsvSource({".75, .5", ".75, .8", ".5, 1", "0, 2", ".9, .2000001"})
  void frozenEulerAtOrBeyondItsStabilityBoundIsRefused(double a, double h) {
    refused("2 (1 - a)", Form.EULER_FROZEN, a, h);
  }

  @Test
  void frozenEulerJustBelowIsAllowed() {
    assertTrue(new BlindStep(Form.EULER_FROZEN, .75, .4999).contraction() < 1);
  }

  @Test
  void stepsThatDoNotLowerSigmaAreRefused() {
    refused("lowers sigma", Form.EULER, .5, 2);
    for (double a : new double[] {-.1, 1, 1.5, Double.NaN}) {
      refused("0 <= a < 1", Form.EXPONENTIAL, a, .1);
    }
    for (double h : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      refused("h: found", Form.EXPONENTIAL, .5, h);
    }
    assertThrows(InvalidInputException.class, () -> BlindStep.standard().steps(1, 1));
    assertThrows(InvalidInputException.class, () -> BlindStep.standard().steps(1, 0));
  }

  private static void refused(String word, Form form, double a, double h) {
    String message =
        assertThrows(InvalidInputException.class, () -> new BlindStep(form, a, h)).getMessage();
    assertTrue(message.contains(word), message);
  }
}
