package dev.tweedie.backend.reference;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * {@code C_k = U diag(lambda) U' + tau^2 I}, r eigenvectors: variance {@code lambda_e + tau^2}
 * along them and {@code tau^2} elsewhere, where P has the one eigenvalue q.
 */
final class LowRankPosterior extends EigenPosterior {
  private final double[] floor; // K: tau^2

  LowRankPosterior(GaussianMixture mixture, double[] floor, Level level) {
    super(mixture, level);
    this.floor = floor;
  }

  /** {@code tau^2} of component k. */
  double floor(int k) {
    return floor[k];
  }

  @Override
  double logit(int k, double[] z) {
    double[] projected = project(k, z);
    double q = noisy(floor[k]);
    double logDet = (dim - rank) * StrictMath.log(q);
    double quadratic = 0;
    double[] rest = z.clone();
    for (int e = 0; e < rank; e++) {
      double p = noisy(eigenvalue(k, e) + floor[k]);
      logDet += StrictMath.log(p);
      quadratic += projected[e] * projected[e] / p;
      projected[e] = -projected[e];
    }
    addBack(k, projected, rest); // |z|^2 - |U'z|^2 would cancel for small q
    quadratic += squaredNorm(rest) / q;
    return StrictMath.log(prior.weight(k)) - 0.5 * (logDet + quadratic);
  }

  @Override
  void mean(int k, double[] z, double[] out) {
    double rest = gain(floor[k]);
    double[] coordinates = project(k, z);
    for (int e = 0; e < rank; e++) {
      coordinates[e] *= gain(eigenvalue(k, e) + floor[k]) - rest;
    }
    for (int j = 0; j < dim; j++) {
      out[j] = prior.mean(k, j) + rest * z[j];
    }
    addBack(k, coordinates, out);
  }

  /** {@code a c / (a^2 c + s^2)}. */
  double gain(double c) {
    return a * c / noisy(c);
  }

  @Override
  void variance(int k, double[] out) {
    double rest = spread(floor[k]);
    double[] spread = new double[rank];
    for (int e = 0; e < rank; e++) {
      spread[e] = spread(eigenvalue(k, e) + floor[k]) - rest;
    }
    Arrays.fill(out, rest);
    addVariance(k, spread, out);
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    double rest = spread(floor[k]);
    double[] coordinates = project(k, v);
    for (int e = 0; e < rank; e++) {
      coordinates[e] *= spread(eigenvalue(k, e) + floor[k]) - rest;
    }
    for (int j = 0; j < dim; j++) {
      out[j] = rest * v[j];
    }
    addBack(k, coordinates, out);
  }

  /** The part outside of the eigenvectors first, as in {@link #precisionTimes}. */
  @Override
  void precision(int k, double[] out) {
    double[] precision = new double[rank];
    double[] minus = new double[rank];
    for (int e = 0; e < rank; e++) {
      precision[e] = 1 / noisy(eigenvalue(k, e) + floor[k]);
      minus[e] = -1;
    }
    Arrays.fill(out, 1);
    addVariance(k, minus, out);
    for (int j = 0; j < dim; j++) {
      out[j] /= noisy(floor[k]);
    }
    addVariance(k, precision, out);
  }

  /** The part outside of the eigenvectors first: {@code 1 / P - 1 / q} would cancel. */
  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    double[] coordinates = project(k, v);
    double[] negated = new double[rank];
    for (int e = 0; e < rank; e++) {
      negated[e] = -coordinates[e];
      coordinates[e] /= noisy(eigenvalue(k, e) + floor[k]);
    }
    double[] rest = v.clone();
    addBack(k, negated, rest);
    for (int j = 0; j < dim; j++) {
      out[j] = rest[j] / noisy(floor[k]);
    }
    addBack(k, coordinates, out);
  }

  @Override
  void draw(int k, EigenTransition step, double[] z, double[] xi, double[] out) {
    double keepRest = step.keep(floor[k]);
    double deviationRest = step.deviation(floor[k]);
    double[] coordinates = project(k, z);
    double[] normals = project(k, xi);
    for (int e = 0; e < rank; e++) {
      double c = eigenvalue(k, e) + floor[k];
      coordinates[e] =
          (step.keep(c) - keepRest) * coordinates[e]
              + (step.deviation(c) - deviationRest) * normals[e];
    }
    for (int j = 0; j < dim; j++) {
      out[j] = step.target() * prior.mean(k, j) + keepRest * z[j] + deviationRest * xi[j];
    }
    addBack(k, coordinates, out);
  }
}
