package dev.tweedie.bench.peers;

import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * A prior seen through the noise of a level, whose responsibilities a library of mixtures can give:
 * weights {@code w_k}, means {@code alpha m_k}, covariances {@code P_k = alpha^2 C_k + sigma^2 I};
 * and the posterior mean of those responsibilities, with EJML's products.
 */
final class NoisyMixture {
  final int components;
  final int dim;
  final double[] weights;

  /** K x d. */
  final DMatrixRMaj means;

  /** K isotropic, K x d diagonal, K x d x d full. */
  final double[] covariances;

  /** Of a row: E[x_0 | x, k] = base_k + gain_k x; the gain has the shape of the covariance. */
  private final DMatrixRMaj base;

  private final double[] gains;

  /**
   * @throws IllegalStateException of low rank
   */
  NoisyMixture(Prior prior, Level level) {
    components = prior.components();
    dim = prior.dim();
    weights = new double[components];
    means = new DMatrixRMaj(components, dim);
    base = new DMatrixRMaj(components, dim);
    double[] clean =
        switch (prior) {
          case DataSet _ -> new double[components];
          case GaussianMixture mixture ->
              switch (mixture.covariance()) {
                case Covariance.Isotropic(double[] c) -> c;
                case Covariance.Diagonal(double[] c) -> c;
                case Covariance.Full(double[] c) -> c;
                case Covariance.LowRank _ ->
                    throw new IllegalStateException("has no low-rank covariances");
              };
        };
    double alpha = level.alpha();
    double variance = level.sigma() * level.sigma();
    covariances = new double[clean.length];
    gains = new double[clean.length];
    for (int i = 0; i < clean.length; i++) {
      covariances[i] = alpha * alpha * clean[i];
    }
    addNoise(variance);
    fillGains(clean, alpha);
    double[] mean = new double[dim];
    for (int k = 0; k < components; k++) {
      weights[k] = prior.weight(k);
      prior.copyMean(k, mean);
      for (int j = 0; j < dim; j++) {
        means.set(k, j, alpha * mean[j]);
      }
      for (int j = 0; j < dim; j++) {
        base.set(k, j, mean[j] - gained(k, j));
      }
    }
  }

  boolean isIsotropic() {
    return covariances.length == components;
  }

  boolean isFull() {
    return covariances.length > components * dim;
  }

  private void addNoise(double variance) {
    for (int i = 0; i < covariances.length; i++) {
      boolean offDiagonal = isFull() && i % (dim * dim) % (dim + 1) != 0;
      covariances[i] += offDiagonal ? 0 : variance;
    }
  }

  private void fillGains(double[] clean, double alpha) {
    if (!isFull()) {
      for (int i = 0; i < gains.length; i++) {
        gains[i] = alpha * clean[i] / covariances[i];
      }
      return;
    }
    for (int k = 0; k < components; k++) {
      DMatrixRMaj inverse = new DMatrixRMaj(dim, dim);
      CommonOps_DDRM.invert(matrix(covariances, k), inverse);
      DMatrixRMaj gain = new DMatrixRMaj(dim, dim);
      CommonOps_DDRM.mult(alpha, matrix(clean, k), inverse, gain);
      System.arraycopy(gain.data, 0, gains, k * dim * dim, dim * dim);
    }
  }

  /** A copy of the k-th. */
  DMatrixRMaj matrix(double[] matrices, int k) {
    DMatrixRMaj one = new DMatrixRMaj(dim, dim);
    System.arraycopy(matrices, k * dim * dim, one.data, 0, dim * dim);
    return one;
  }

  /** (gain_k alpha m_k)_j. */
  private double gained(int k, int j) {
    if (!isFull()) {
      return gains[isIsotropic() ? k : k * dim + j] * means.get(k, j);
    }
    double sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += gains[(k * dim + j) * dim + i] * means.get(k, i);
    }
    return sum;
  }

  /**
   * Posterior means.
   *
   * @param weights responsibilities, rows x K
   * @param x rows x d
   */
  DMatrixRMaj mean(DMatrixRMaj weights, DMatrixRMaj x) {
    DMatrixRMaj mean = new DMatrixRMaj(x.numRows, dim);
    CommonOps_DDRM.mult(weights, base, mean);
    if (isFull()) {
      DMatrixRMaj moved = new DMatrixRMaj(x.numRows, dim);
      for (int k = 0; k < components; k++) {
        CommonOps_DDRM.multTransB(x, matrix(gains, k), moved);
        for (int i = 0; i < x.numRows; i++) {
          double weight = weights.get(i, k);
          for (int j = 0; j < dim; j++) {
            mean.data[i * dim + j] += weight * moved.data[i * dim + j];
          }
        }
      }
      return mean;
    }
    DMatrixRMaj each = DMatrixRMaj.wrap(components, gains.length / components, gains);
    DMatrixRMaj gain = new DMatrixRMaj(x.numRows, each.numCols);
    CommonOps_DDRM.mult(weights, each, gain);
    for (int i = 0; i < x.numRows; i++) {
      for (int j = 0; j < dim; j++) {
        mean.data[i * dim + j] += gain.get(i, isIsotropic() ? 0 : j) * x.data[i * dim + j];
      }
    }
    return mean;
  }
}
