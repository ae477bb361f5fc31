package dev.tweedie.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Schedules against their papers' formulas, evaluated another way. */
class SchedulesTest {
  private static final MathContext DIGITS = new MathContext(40);

  /** A thousand additions of logarithms, each rounded at about |log abar| 2^-53 at most. */
  private static final double RELATIVE = 1e-13;

  private static void assertRelative(double expected, double found, String what) {
    assertEquals(expected, found, RELATIVE * Math.abs(expected), what);
  }

  @Test
  void ddpmKeepsAllDigitsOfItsCumulativeProducts() {
    Schedule schedule = Schedules.vpLinear(1000, 1e-4, .02);
    BigDecimal abar = BigDecimal.ONE;
    for (int i = 0; i < 1000; i++) {
      double beta = 1e-4 + i * ((.02 - 1e-4) / 999);
      abar = abar.multiply(BigDecimal.ONE.subtract(new BigDecimal(beta)), DIGITS);
      Level level = schedule.level(i);
      // 1 - abar from the rounded abar would be wrong by 1e-12 at index 0.
      assertRelative(
          Math.sqrt(BigDecimal.ONE.subtract(abar).doubleValue()), level.sigma(), "sigma " + i);
      assertRelative(Math.sqrt(abar.doubleValue()), level.alpha(), "alpha " + i);
    }
    assertEquals(4.0358e-5, abar.doubleValue(), 5e-10, "as published for DDPM");
  }

  @Test
  void cosineIsItsFormulaUpToTheClippedLastBeta() {
    int levels = 1000;
    Schedule schedule = Schedules.vpCosine(levels);
    double abar = 1;
    for (int i = 0; i < levels; i++) {
      double before = abar;
      double cosine = Math.cos(((i + 1.0) / levels + .008) / 1.008 * Math.PI / 2);
      double cosine0 = Math.cos(.008 / 1.008 * Math.PI / 2);
      abar = cosine * cosine / (cosine0 * cosine0);
      if (i == levels - 1) {
        abar = before * (1 - .999);
      }
      // The test's own cos near pi/2 has an absolute error of 1e-16 in 1.5e-3.
      assertEquals(abar, Math.pow(schedule.level(i).alpha(), 2), 1e-12 * abar, "abar " + i);
    }
    assertEquals(.001, Math.pow(Schedules.vpCosine(1).level(0).alpha(), 2), 1e-15);
  }

  /** The SNR of both ends, in dB, of the published betas. */
  @ParameterizedTest
  @CsvSource({
    "5, -22.4",
    "10, -21.6",
    "50, -23.3",
    "100, -22.5",
    "300, -23.1",
    "500, -21.9",
    "1000, -22.0",
    "10000, -23.9"
  })
  void feslRunsFromFortyDecibelToNoise(int levels, double lastDb) {
    Schedule schedule = Schedules.fesl(levels);
    assertEquals(levels, schedule.size());
    assertEquals(40, schedule.level(0).snrDb(), 1e-9);
    assertEquals(lastDb, schedule.noisiest().snrDb(), .05, "printed with one decimal");
  }

  @Test
  void karrasIsTheRampOfTheReferenceSampler() {
    Schedule schedule = Schedules.karras(18, .002, 80, 7);
    for (int i = 0; i < 18; i++) {
      double ramp =
          Math.pow(80, 1 / 7.) + i / 17. * (Math.pow(.002, 1 / 7.) - Math.pow(80, 1 / 7.));
      double sigma = Math.pow(ramp, 7);
      assertRelative(sigma, schedule.level(17 - i).sigma(), "sigma " + i);
      assertEquals(1, schedule.level(i).alpha());
    }
    assertEquals(80, schedule.noisiest().sigma(), "exactly");
    assertEquals(.002, schedule.level(0).sigma(), "exactly");
    assertEquals(57.586, schedule.level(16).sigma(), 5e-4, "EDM's second level");
    assertEquals(Schedule.ofSigmas(80), Schedules.karras(1, .002, 80, 7));
  }

  @Test
  void ouIsUniformInTime() {
    Schedule schedule = Schedules.ou(4, 2);
    for (int i = 0; i < 4; i++) {
      double time = (i + 1) / 2.;
      assertRelative(Math.exp(-time), schedule.level(i).alpha(), "alpha " + i);
      assertRelative(Math.sqrt(1 - Math.exp(-2 * time)), schedule.level(i).sigma(), "sigma " + i);
    }
  }

  /** alpha_t, sigma_t from alpha_u, sigma_u and the transition: the forward model composes. */
  @Test
  void transitionsComposeToTheirLevels() {
    Schedule schedule = Schedules.vpCosine(50);
    for (int t = 1; t < 50; t++) {
      Level from = schedule.level(t);
      Level to = schedule.level(t - 1);
      double a = from.transitionAlpha(to);
      double variance = a * a * to.sigma() * to.sigma() + from.transitionVariance(to);
      assertRelative(from.sigma() * from.sigma(), variance, "step " + t);
    }
  }
}
