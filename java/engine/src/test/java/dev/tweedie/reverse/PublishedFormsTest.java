package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whole trajectories against the update as its paper or reference code writes it, in plain doubles,
 * on the two points -1 and 1 whose denoiser is {@code tanh(alpha x / sigma^2)}.
 */
class PublishedFormsTest {
  /** The plain forms subtract neighbouring levels: a few hundred roundings of numbers below 100. */
  private static final double ROUNDING = 1e-11;

  private static final Schedule KARRAS = Schedules.karras(12, .05, 20, 7);
  private static final Schedule DDPM = Schedules.vpLinear(40, 1e-3, .3);
  private static final double[] START = {-31, -3, -.02, .1, 7, 18};
  private static final long SEED = 20;

  private Engine engine;
  private ExactPosterior posterior;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 1);
    posterior = ExactPosterior.of(engine, DataSet.of(new double[] {-1, 1}, 1));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** One row's whole run in plain doubles, from its start and its noise by step. */
  private interface Plain {
    double run(double x, double[] z);
  }

  private void agrees(String name, Schedule schedule, Plain plain) {
    Samples found =
        Samplers.parse(name).run(posterior, schedule, engine.samples(START, START.length), 0, SEED);
    for (int row = 0; row < START.length; row++) {
      double expected = plain.run(START[row], noise(schedule.size(), row));
      assertEquals(expected, found.get(row, 0), ROUNDING, name + " from " + START[row]);
    }
  }

  private double[] noise(int steps, int row) {
    double[] z = new double[steps];
    Samples one = engine.samples(1, 1);
    for (int step = 0; step < steps; step++) {
      NoiseAddress at = new NoiseAddress(SEED, Streams.STEP, step, row, 0);
      engine.run(() -> engine.backend().normal(at, one));
      z[step] = one.get(0, 0);
    }
    return z;
  }

  private static double denoise(double x, double sigma) {
    return Math.tanh(x / (sigma * sigma));
  }

  private static double sigma(int index) {
    return index < 0 ? 0 : KARRAS.level(index).sigma();
  }

  @Test
  void eulerAsEdmWritesIt() {
    agrees(
        "euler",
        KARRAS,
        (x, z) -> {
          for (int i = KARRAS.size() - 1; i >= 0; i--) {
            x += (sigma(i - 1) - sigma(i)) * (x - denoise(x, sigma(i))) / sigma(i);
          }
          return x;
        });
  }

  @Test
  void heunAsEdmWritesIt() {
    agrees(
        "heun",
        KARRAS,
        (x, z) -> {
          for (int i = KARRAS.size() - 1; i >= 0; i--) {
            double slope = (x - denoise(x, sigma(i))) / sigma(i);
            double dt = sigma(i - 1) - sigma(i);
            if (i == 0) {
              x += dt * slope;
            } else {
              double end = x + dt * slope;
              double endSlope = (end - denoise(end, sigma(i - 1))) / sigma(i - 1);
              x += dt * (slope + endSlope) / 2;
            }
          }
          return x;
        });
  }

  @Test
  void dpm2AsKDiffusionWritesIt() {
    agrees(
        "dpm2",
        KARRAS,
        (x, z) -> {
          for (int i = KARRAS.size() - 1; i >= 0; i--) {
            double slope = (x - denoise(x, sigma(i))) / sigma(i);
            if (i == 0) {
              x += (0 - sigma(i)) * slope;
            } else {
              double middle = Math.exp((Math.log(sigma(i)) + Math.log(sigma(i - 1))) / 2);
              double y = x + (middle - sigma(i)) * slope;
              x += (sigma(i - 1) - sigma(i)) * (y - denoise(y, middle)) / middle;
            }
          }
          return x;
        });
  }

  @Test
  void dpmpp2mAsKDiffusionWritesIt() {
    agrees(
        "dpmpp-2m",
        KARRAS,
        (x, z) -> {
          double old = Double.NaN;
          for (int i = KARRAS.size() - 1; i >= 0; i--) {
            double denoised = denoise(x, sigma(i));
            double used = denoised;
            if (i < KARRAS.size() - 1 && i > 0) {
              double h = Math.log(sigma(i)) - Math.log(sigma(i - 1));
              double r = (Math.log(sigma(i + 1)) - Math.log(sigma(i))) / h;
              used = (1 + 1 / (2 * r)) * denoised - 1 / (2 * r) * old;
            }
            x = sigma(i - 1) / sigma(i) * x + (1 - sigma(i - 1) / sigma(i)) * used;
            old = denoised;
          }
          return x;
        });
  }

  @Test
  void eulerAncestralAsKDiffusionWritesIt() {
    agrees(
        "ancestral",
        KARRAS,
        (x, z) -> {
          for (int i = KARRAS.size() - 1; i >= 0; i--) {
            double from = sigma(i);
            double to = sigma(i - 1);
            double up = Math.sqrt(to * to * (from * from - to * to) / (from * from));
            double down = Math.sqrt(to * to - up * up);
            x += (down - from) * (x - denoise(x, from)) / from;
            x += up * z[i];
          }
          return x;
        });
  }

  /** beta, alpha bar (also of the data, 1) and the noise prediction of DDPM. */
  private static double abar(int index) {
    double abar = 1;
    for (int i = 0; i <= index; i++) {
      abar *= 1 - beta(i);
    }
    return abar;
  }

  private static double beta(int index) {
    return 1e-3 + index * ((.3 - 1e-3) / 39);
  }

  private static double epsilon(double x, int index) {
    double alpha = Math.sqrt(abar(index));
    double variance = 1 - abar(index);
    return (x - alpha * Math.tanh(alpha * x / variance)) / Math.sqrt(variance);
  }

  private static double ddpmMean(double x, int i) {
    return (x - beta(i) / Math.sqrt(1 - abar(i)) * epsilon(x, i)) / Math.sqrt(1 - beta(i));
  }

  @Test
  void ddpmAsItsAlgorithm2WritesIt() {
    agrees(
        "ddpm",
        DDPM,
        (x, z) -> {
          for (int i = 39; i >= 0; i--) {
            double variance = i == 0 ? 0 : beta(i) * (1 - abar(i - 1)) / (1 - abar(i));
            x = ddpmMean(x, i) + Math.sqrt(variance) * z[i];
          }
          return x;
        });
    agrees(
        "ddpm:beta",
        DDPM,
        (x, z) -> {
          for (int i = 39; i >= 0; i--) {
            x = ddpmMean(x, i) + (i == 0 ? 0 : Math.sqrt(beta(i)) * z[i]);
          }
          return x;
        });
  }

  @Test
  void truncatedIsTheStepwiseConditionalMean() {
    agrees(
        "truncated",
        DDPM,
        (x, z) -> {
          for (int i = 39; i >= 0; i--) {
            x = ddpmMean(x, i);
          }
          return x;
        });
  }

  @Test
  void ddimAsItsEquation12WritesIt() {
    for (double eta : new double[] {0, .3, 1}) {
      agrees(
          "ddim:" + eta,
          DDPM,
          (x, z) -> {
            for (int i = 39; i >= 0; i--) {
              double to = abar(i - 1);
              double noise =
                  eta * Math.sqrt((1 - to) / (1 - abar(i))) * Math.sqrt(1 - abar(i) / to);
              double eps = epsilon(x, i);
              double clean = (x - Math.sqrt(1 - abar(i)) * eps) / Math.sqrt(abar(i));
              // 1 - abar is noise^2 up to rounding where the target is the data.
              double kept = Math.sqrt(Math.max(0, 1 - to - noise * noise));
              x = Math.sqrt(to) * clean + kept * eps + noise * z[i];
            }
            return x;
          });
    }
  }

  /** The same steps in noise prediction and in y = x / alpha: one method under two names. */
  @Test
  void ddimIsEulerAndDdpmIsAncestral() {
    Samples start = engine.samples(START, START.length);
    same("ddim", "euler", start);
    same("ddpm", "ancestral", start);
    same("ddpm", "ddim:1", start);
  }

  private void same(String one, String other, Samples start) {
    Samples a = Samplers.parse(one).run(posterior, DDPM, start, 0, SEED);
    Samples b = Samplers.parse(other).run(posterior, DDPM, start, 0, SEED);
    for (int row = 0; row < START.length; row++) {
      assertEquals(a.get(row, 0), b.get(row, 0), ROUNDING, one + " and " + other);
    }
  }

  /** Scaling x by any alpha changes nothing but the state's scale: the flow lives in x / alpha. */
  @Test
  void samplersDoNotDependOnTheScalingOfTheState() {
    Level[] preserving = new Level[KARRAS.size()];
    double[] scaled = new double[START.length];
    for (int i = 0; i < preserving.length; i++) {
      double alpha = 1 / Math.hypot(1, sigma(i));
      preserving[i] = Level.of(alpha, sigma(i) * alpha);
    }
    Schedule schedule = Schedule.ofLevels(preserving);
    for (int row = 0; row < START.length; row++) {
      scaled[row] = START[row] * schedule.noisiest().alpha();
    }
    for (String name : Samplers.names()) {
      Sampler sampler = Samplers.parse(name);
      Samples a = sampler.run(posterior, KARRAS, engine.samples(START, START.length), 0, SEED);
      Samples b = sampler.run(posterior, schedule, engine.samples(scaled, scaled.length), 0, SEED);
      for (int row = 0; row < START.length; row++) {
        assertEquals(a.get(row, 0), b.get(row, 0), ROUNDING, name + " from " + START[row]);
      }
    }
  }
}
