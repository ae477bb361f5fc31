package dev.tweedie.backend.reference;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;

/** {@code C_k = diag(c_k)}: every coordinate by itself. */
final class DiagonalPosterior extends ComponentPosterior {
  private final double[] variances; // K x d

  DiagonalPosterior(GaussianMixture mixture, double[] variances, Level level) {
    super(mixture, level);
    this.variances = variances;
  }

  double c(int k, int j) {
    return variances[k * dim + j];
  }

  @Override
  double logit(int k, double[] z) {
    double logDet = 0;
    double quadratic = 0;
    for (int j = 0; j < dim; j++) {
      double p = noisy(c(k, j));
      logDet += StrictMath.log(p);
      quadratic += z[j] * z[j] / p;
    }
    return StrictMath.log(prior.weight(k)) - 0.5 * (logDet + quadratic);
  }

  @Override
  void mean(int k, double[] z, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = prior.mean(k, j) + a * c(k, j) / noisy(c(k, j)) * z[j];
    }
  }

  @Override
  void variance(int k, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = spread(c(k, j));
    }
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = spread(c(k, j)) * v[j];
    }
  }

  @Override
  void precision(int k, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = 1 / noisy(c(k, j));
    }
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = v[j] / noisy(c(k, j));
    }
  }

  @Override
  void draw(int k, EigenTransition step, double[] z, double[] xi, double[] out) {
    for (int j = 0; j < dim; j++) {
      double c = c(k, j);
      out[j] = step.target() * prior.mean(k, j) + step.keep(c) * z[j] + step.deviation(c) * xi[j];
    }
  }
}
