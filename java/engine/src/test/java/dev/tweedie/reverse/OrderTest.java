package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Orders of convergence on N(m, diag c), where the probability flow is known: {@code (x - alpha m)
 * / sqrt(alpha^2 c + sigma^2)} stays what it is.
 */
class OrderTest {
  private static final double[] MEAN = {1, -.5, 0};
  private static final double[] VARIANCE = {.04, 1, 9};
  private static final double[] START = {30, -10, 5};

  private Engine engine;
  private ExactPosterior posterior;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 1);
    posterior =
        ExactPosterior.of(
            engine,
            new GaussianMixture(new double[] {1}, MEAN, 3, new Covariance.Diagonal(VARIANCE)));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /**
   * The slope of log error between 128 and 512 steps. Measured: euler and ddim 1.0005, heun 2.0141,
   * dpm2 2.0135, dpmpp-2m 2.0203; the excess is the next order's term and halves with the step.
   */
  @ParameterizedTest
  @CsvSource({"euler, 1", "ddim, 1", "heun, 2", "dpm2, 2", "dpmpp-2m, 2"})
  void errorFallsWithTheOrderOfTheMethod(String name, int order) {
    for (boolean preserving : new boolean[] {false, true}) {
      double coarse = error(name, 128, preserving);
      double fine = error(name, 512, preserving);
      double slope = Math.log(coarse / fine) / Math.log(4);
      assertEquals(order, slope, .03, name + ": errors " + coarse + ", " + fine);
      // Measured 1.3e-3 and at most 7.9e-6.
      assertTrue(fine < (order == 1 ? 2e-3 : 1e-5), name + ": error " + fine);
    }
  }

  /**
   * Largest error after the given number of steps; the last step maps the flow's end to its mean.
   */
  private double error(String name, int steps, boolean preserving) {
    Schedule schedule = Schedules.karras(steps, .01, 40, 7);
    if (preserving) {
      schedule = Schedule.ofLevels(schedule.levels().stream().map(OrderTest::preserving).toList());
    }
    Level from = schedule.noisiest();
    Level to = schedule.level(0);
    double[] start = IntStream.range(0, 3).mapToDouble(j -> from.alpha() * START[j]).toArray();
    double[] end =
        Samplers.parse(name).run(posterior, schedule, engine.samples(start, 1), 0, 0).toDoubles();
    double largest = 0;
    for (int j = 0; j < 3; j++) {
      double standard = (start[j] - from.alpha() * MEAN[j]) / deviation(from, j);
      double shrink = to.alpha() * VARIANCE[j] / Math.pow(deviation(to, j), 2);
      double exact = MEAN[j] + shrink * standard * deviation(to, j);
      largest = Math.max(largest, Math.abs(end[j] - exact));
    }
    return largest;
  }

  private static double deviation(Level level, int j) {
    return Math.sqrt(level.alpha() * level.alpha() * VARIANCE[j] + level.sigma() * level.sigma());
  }

  private static Level preserving(Level exploding) {
    double alpha = 1 / Math.hypot(1, exploding.sigma());
    return Level.of(alpha, alpha * exploding.sigma());
  }
}
