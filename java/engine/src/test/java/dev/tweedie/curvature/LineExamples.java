package dev.tweedie.curvature;

import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;

/** The measures on the line that Liang et al. look at. */
final class LineExamples {
  private LineExamples() {}

  /** Two points at -1 and 1. */
  static Prior twoPoints() {
    return Builtin.parse("two-points");
  }

  static Prior normal(double mean, double variance) {
    return mixture(new double[] {1}, new double[] {mean}, new double[] {variance});
  }

  /** Half a point at 0, half N(0, 1). */
  static Prior halfPoint() {
    return mixture(new double[] {.5, .5}, new double[] {0, 0}, new double[] {0, 1});
  }

  /** Equation (5.3), the second arguments being variances. */
  static Prior fourComponents() {
    return mixture(
        new double[] {.1, .2, .4, .3}, new double[] {-4, -2, 2, 4}, new double[] {1, .5, .5, 1});
  }

  static Prior mixture(double[] weights, double[] means, double[] variances) {
    return new GaussianMixture(weights, means, 1, new Covariance.Isotropic(variances));
  }
}
