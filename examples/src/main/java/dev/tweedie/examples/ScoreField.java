package dev.tweedie.examples;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/** The score of a standard normal law in the plane with noise, at points of the caller's. */
public final class ScoreField {
  private ScoreField() {}

  public static void main(String[] args) {
    System.out.println(Arrays.toString(scores(new double[] {1, -2, 0, 0, 3, 1}, 0.5)));
  }

  /**
   * @param points rows of two numbers
   * @return as many scores, row by row
   */
  static double[] scores(double[] points, double sigma) {
    var prior =
        new GaussianMixture(
            new double[] {1}, new double[2], 2, new Covariance.Isotropic(new double[] {1}));
    try (Engine engine = Engine.open()) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Samples x = engine.samples(points, points.length / 2);
      return posterior.score(x, Level.ofSigma(sigma)).toDoubles();
    }
  }
}
