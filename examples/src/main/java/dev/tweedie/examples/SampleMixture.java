package dev.tweedie.examples;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;

/** New rows from two Gaussians in the plane, by two samplers. */
public final class SampleMixture {
  /**
   * Five of the thousand levels of a variance-preserving process: few, which only an exact kernel
   * bears.
   */
  static final Schedule FEW_STEPS = Schedules.vpCosine(1000).respace(5);

  /** Levels for solvers of the probability flow: sigma from 0.01 to 20, alpha 1. */
  static final Schedule FOR_SOLVERS = Schedules.karras(40, 0.01, 20, 7);

  private SampleMixture() {}

  public static void main(String[] args) {
    System.out.printf("share of rows right of the middle, 0.3 is exact:%n");
    System.out.printf("  mixture, 5 steps  %.3f%n", shareOnTheRight("mixture", FEW_STEPS));
    System.out.printf("  heun, 40 steps    %.3f%n", shareOnTheRight("heun", FOR_SOLVERS));
  }

  /** 0.7 of the mass lies at (-2, 0), 0.3 at (2, 0). */
  static double shareOnTheRight(String sampler, Schedule schedule) {
    double[] weights = {0.7, 0.3};
    double[] means = {-2, 0, 2, 0};
    var prior =
        new GaussianMixture(weights, means, 2, new Covariance.Isotropic(new double[] {.04, .04}));
    int rows = 4000;
    try (Engine engine = Engine.open()) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Chain chain = new Chain(posterior, schedule, 42, rows);
      Samples drawn = chain.sample(Samplers.parse(sampler), 0, rows);
      int right = 0;
      for (int i = 0; i < rows; i++) {
        right += drawn.get(i, 0) > 0 ? 1 : 0;
      }
      return (double) right / rows;
    }
  }
}
