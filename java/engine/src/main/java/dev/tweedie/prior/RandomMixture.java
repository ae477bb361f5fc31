package dev.tweedie.prior;

import java.util.SplittableRandom;

/** Cigar-shaped Gaussians in random directions, see {@link Builtin#randomMixture}. */
final class RandomMixture {
  private final SplittableRandom random;
  private final int dim;

  private RandomMixture(int dim, long seed) {
    this.random = new SplittableRandom(seed);
    this.dim = dim;
  }

  static GaussianMixture make(int components, int dim, long seed) {
    RandomMixture maker = new RandomMixture(dim, seed);
    double[] weights = new double[components];
    double[] means = new double[components * dim];
    double[] matrices = new double[components * dim * dim];
    for (int k = 0; k < components; k++) {
      weights[k] = 0.5 + maker.random.nextDouble();
      for (int j = 0; j < dim; j++) {
        means[k * dim + j] = maker.normal() / Math.sqrt(dim);
      }
      maker.covariance(matrices, k * dim * dim);
    }
    return new GaussianMixture(weights, means, dim, new Covariance.Full(matrices)).standardised();
  }

  /** {@code sum_e lambda_e q_e q_e'}: the first eigenvalue near d, the others in (0, 1). */
  private void covariance(double[] matrices, int at) {
    double[][] basis = new double[dim][];
    for (int e = 0; e < dim; e++) {
      basis[e] = direction(basis, e);
      double value = e == 0 ? dim * (0.95 + 0.1 * random.nextDouble()) : random.nextDouble();
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          matrices[at + i * dim + j] += value * (basis[e][i] * basis[e][j]);
        }
      }
    }
  }

  /** A random unit vector orthogonal to the first {@code count}; twice, for the lost digits. */
  private double[] direction(double[][] basis, int count) {
    double[] v = new double[dim];
    for (int j = 0; j < dim; j++) {
      v[j] = normal();
    }
    for (int pass = 0; pass < 2; pass++) {
      for (int e = 0; e < count; e++) {
        double along = dot(v, basis[e]);
        for (int j = 0; j < dim; j++) {
          v[j] -= along * basis[e][j];
        }
      }
      double length = Math.sqrt(dot(v, v));
      for (int j = 0; j < dim; j++) {
        v[j] /= length;
      }
    }
    return v;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int j = 0; j < x.length; j++) {
      sum += x[j] * y[j];
    }
    return sum;
  }

  /** By Box-Muller: the generator's own normals may change from one Java to the next. */
  private double normal() {
    double radius = Math.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }
}
