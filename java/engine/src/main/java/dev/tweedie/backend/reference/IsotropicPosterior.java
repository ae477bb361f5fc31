package dev.tweedie.backend.reference;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/** {@code C_k = c_k I}. */
final class IsotropicPosterior extends ComponentPosterior {
  private final double[] variances;

  IsotropicPosterior(GaussianMixture mixture, double[] variances, Level level) {
    super(mixture, level);
    this.variances = variances;
  }

  /** K, not copied. */
  double[] variances() {
    return variances;
  }

  @Override
  double logit(int k, double[] z) {
    double p = noisy(variances[k]);
    return StrictMath.log(prior.weight(k)) - 0.5 * (dim * StrictMath.log(p) + squaredNorm(z) / p);
  }

  @Override
  void mean(int k, double[] z, double[] out) {
    double gain = a * variances[k] / noisy(variances[k]);
    for (int j = 0; j < dim; j++) {
      out[j] = prior.mean(k, j) + gain * z[j];
    }
  }

  @Override
  void variance(int k, double[] out) {
    Arrays.fill(out, spread(variances[k]));
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    double spread = spread(variances[k]);
    for (int j = 0; j < dim; j++) {
      out[j] = spread * v[j];
    }
  }

  @Override
  void precision(int k, double[] out) {
    Arrays.fill(out, 1 / noisy(variances[k]));
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = v[j] / noisy(variances[k]);
    }
  }

  @Override
  void draw(int k, EigenTransition step, double[] z, double[] xi, double[] out) {
    double c = variances[k];
    for (int j = 0; j < dim; j++) {
      out[j] = step.target() * prior.mean(k, j) + step.keep(c) * z[j] + step.deviation(c) * xi[j];
    }
  }
}
