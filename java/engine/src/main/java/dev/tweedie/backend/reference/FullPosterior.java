package dev.tweedie.backend.reference;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/** {@code C_k = U diag(lambda) U'}, d eigenvalues. */
final class FullPosterior extends EigenPosterior {
  FullPosterior(GaussianMixture mixture, Level level) {
    super(mixture, level);
  }

  @Override
  double logit(int k, double[] z) {
    double[] projected = project(k, z);
    double logDet = 0;
    double quadratic = 0;
    for (int e = 0; e < rank; e++) {
      double p = noisy(eigenvalue(k, e));
      logDet += StrictMath.log(p);
      quadratic += projected[e] * projected[e] / p;
    }
    return StrictMath.log(prior.weight(k)) - 0.5 * (logDet + quadratic);
  }

  @Override
  void mean(int k, double[] z, double[] out) {
    double[] coordinates = project(k, z);
    for (int e = 0; e < rank; e++) {
      double lambda = eigenvalue(k, e);
      coordinates[e] *= a * lambda / noisy(lambda);
    }
    prior.copyMean(k, out);
    addBack(k, coordinates, out);
  }

  @Override
  void variance(int k, double[] out) {
    double[] spread = new double[rank];
    for (int e = 0; e < rank; e++) {
      spread[e] = spread(eigenvalue(k, e));
    }
    Arrays.fill(out, 0);
    addVariance(k, spread, out);
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    double[] coordinates = project(k, v);
    for (int e = 0; e < rank; e++) {
      coordinates[e] *= spread(eigenvalue(k, e));
    }
    Arrays.fill(out, 0);
    addBack(k, coordinates, out);
  }

  @Override
  void precision(int k, double[] out) {
    double[] precision = new double[rank];
    for (int e = 0; e < rank; e++) {
      precision[e] = 1 / noisy(eigenvalue(k, e));
    }
    Arrays.fill(out, 0);
    addVariance(k, precision, out);
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    double[] coordinates = project(k, v);
    for (int e = 0; e < rank; e++) {
      coordinates[e] /= noisy(eigenvalue(k, e));
    }
    Arrays.fill(out, 0);
    addBack(k, coordinates, out);
  }

  @Override
  void draw(int k, EigenTransition step, double[] z, double[] xi, double[] out) {
    double[] coordinates = project(k, z);
    for (int e = 0; e < rank; e++) {
      double lambda = eigenvalue(k, e);
      coordinates[e] = step.keep(lambda) * coordinates[e] + step.deviation(lambda) * xi[e];
    }
    for (int j = 0; j < dim; j++) {
      out[j] = step.target() * prior.mean(k, j);
    }
    addBack(k, coordinates, out);
  }
}
