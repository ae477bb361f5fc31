package dev.tweedie.examples;

import dev.tweedie.Engine;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.Arrays;

/** A denoiser of one's own, here the Wiener filter of N(0, variance), in a sampler of Tweedie's. */
public final class OwnDenoiser {
  private static final Schedule SCHEDULE = Schedules.karras(40, 0.01, 20, 7);

  private OwnDenoiser() {}

  public static void main(String[] args) {
    System.out.printf("variance of samples %.3f, of the filter's law 0.250%n", variance(0.25));
  }

  /** Variance of what is sampled with the filter of this variance. */
  static double variance(double variance) {
    int rows = 5000;
    int dim = 2;
    try (Engine engine = Engine.open()) {
      Denoiser wiener =
          Denoiser.of(
              engine,
              dim,
              (x, level, out) -> {
                double noise = level.sigma() * level.sigma();
                double gain =
                    level.alpha() * variance / (level.alpha() * level.alpha() * variance + noise);
                engine.backend().step(new Coefficients(gain, 0, 0, 0), StepTerms.of(x, out));
              });
      double[] drawn = Samplers.parse("heun").sample(wiener, SCHEDULE, 0, rows, 5).toDoubles();
      return Arrays.stream(drawn).map(v -> v * v).average().orElseThrow();
    }
  }
}
