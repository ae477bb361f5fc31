package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The acceptance checks of Fesl et al. 2025 that are on their random mixture. */
class PublishedMixtureTest {
  /** SNR in dB, then the published mixture's nMSE: of the conditional mean, of T = 300. */
  private static final double[][] PUBLISHED = {
    {-20, .98433, .99566}, {-10, .71039, .75932}, {-5, .43083, .44949}, {0, .27588, .28234},
    {5, .15811, .15972}, {10, .07252, .07282}, {20, .00958, .00958}, {30, .00102, .00102}
  };

  /**
   * Check 2: 3 % of figures that are of 1,000 draws of another mixture of that kind. 20,000 draws
   * spread by .7 %. A chain is seen by its ratio to the conditional mean on fewer, which spreads by
   * 1 % where it is not 1. On the fastest backend: see {@link #eitherPrecisionHasTheSameErrors}.
   */
  @Test
  void randomMixtureHasThePublishedErrors() {
    try (Engine engine = Engine.open("auto", 2)) {
      Draws many = Draws.of(engine, Draws.RANDOM, 20_000);
      Draws few = Draws.of(engine, Draws.RANDOM, 300);
      TruncatedDenoiser chain = few.chain(300);
      for (double[] published : PUBLISHED) {
        Level level = Draws.level(published[0]);
        double mean = many.nmse(many.posterior().denoise(many.at(level), level));
        assertEquals(published[1], mean, .03 * published[1], published[0] + " dB");
        Samples y = few.at(level);
        double ratio =
            few.nmse(chain.chain(y, level, 0)) / few.nmse(few.posterior().denoise(y, level));
        assertEquals(published[2], mean * ratio, .03 * published[2], published[0] + " dB, T = 300");
      }
    }
  }

  /**
   * Check 8: entering one level below the matched one is worse, as the published figures are, .0925
   * and .0953 at 10 dB, .158 and .263 at 5 dB. 2,000 draws spread by 2 %, the published ones by 3
   * %.
   */
  @ParameterizedTest
  @CsvSource({"10, .0925, .0953", "5, .158, .263"})
  void startingOneLevelTooLowShows(double dB, double matched, double lower) {
    try (Engine engine = Engine.open("auto", 2)) {
      Draws draws = Draws.of(engine, Draws.RANDOM, 2000);
      Samples y = draws.at(Draws.level(dB));
      Schedule five = Schedules.fesl(5);
      int start = five.nearestSnr(Draws.level(dB).snr());
      Chain chain = new Chain(draws.posterior(), five, 0, 2000);
      double right = draws.nmse(chain.denoise(new Truncated(), y, Draws.level(dB), start, 0));
      double wrong = draws.nmse(chain.denoise(new Truncated(), y, Draws.level(dB), start - 1, 0));
      assertEquals(matched, right, .08 * matched);
      assertEquals(lower, wrong, .08 * lower);
      assertTrue(wrong > right);
    }
  }

  /**
   * Checks 2 and 8 on fewer of the same rows, where the two differ by the rounding of float32: 100
   * steps of it move an estimate by 1e-5 of itself at most.
   */
  @Test
  void float32HasTheErrorsOfFloat64() {
    try (Engine fastest = Engine.open("auto", 2);
        Engine engine = Engine.open("reference", 2)) {
      Draws draws = Draws.of(fastest, Draws.RANDOM, 32);
      Draws same = draws.on(engine);
      for (double[] published : PUBLISHED) {
        assertEquals(mean(draws, published[0]), mean(same, published[0]), 1e-5);
      }
      for (int start : new int[] {2, 1}) {
        assertEquals(five(draws, start), five(same, start), 1e-5);
      }
      assertEquals(chain(draws), chain(same), 1e-5);
    }
  }

  private static double mean(Draws draws, double dB) {
    Level level = Draws.level(dB);
    return draws.nmse(draws.posterior().denoise(draws.at(level), level));
  }

  private static double five(Draws draws, int start) {
    Level level = Draws.level(5);
    Chain chain = new Chain(draws.posterior(), Schedules.fesl(5), 0, 32);
    return draws.nmse(chain.denoise(new Truncated(), draws.at(level), level, start, 0));
  }

  private static double chain(Draws draws) {
    Level level = Draws.level(0);
    Draws few = draws.first(4);
    return few.nmse(few.chain(300).chain(few.at(level), level, 0));
  }
}
