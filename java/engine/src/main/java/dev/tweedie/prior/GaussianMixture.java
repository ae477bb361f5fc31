package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;

/**
 * {@code sum_k w_k N(m_k, C_k)} with isotropic, diagonal, low-rank + isotropic or full covariances.
 */
public final class GaussianMixture implements Prior {
  private final double[] weights;
  private final double[] means;
  private final Covariance covariance;
  private final int dim;
  private final double[] mean;
  private Spectrum spectrum;

  /**
   * @param weights K weights, finite, &gt;= 0, not all zero; divided by their sum
   * @param means {@code K x dim}, row-major, finite
   * @param dim d &gt;= 1
   * @throws InvalidInputException where sizes do not match or a value is not allowed
   */
  public GaussianMixture(double[] weights, double[] means, int dim, Covariance covariance) {
    if (weights.length < 1) {
      throw new InvalidInputException("weights: found none, allowed: at least one component");
    }
    if (dim < 1) {
      throw new InvalidInputException("dimension: found " + dim + ", allowed: at least 1");
    }
    this.weights = Weights.normalised(weights);
    this.dim = dim;
    this.means = means.clone();
    this.covariance = covariance;
    CovarianceChecks.size("means", means, (long) weights.length * dim);
    CovarianceChecks.finite("means", means);
    CovarianceChecks.check(covariance, weights.length, dim);
    this.mean = mixtureMean();
  }

  private double[] mixtureMean() {
    double[] centre = new double[dim];
    for (int k = 0; k < weights.length; k++) {
      for (int j = 0; j < dim; j++) {
        centre[j] += weights[k] * means[k * dim + j];
      }
    }
    return centre;
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int components() {
    return weights.length;
  }

  @Override
  public double[] mean() {
    return mean.clone();
  }

  @Override
  public double weight(int k) {
    return weights[k];
  }

  @Override
  public double mean(int k, int j) {
    return means[k * dim + j];
  }

  public Covariance covariance() {
    return covariance;
  }

  /**
   * Eigenvalues and eigenvectors of low-rank and full covariances, made on first use.
   *
   * @throws InvalidInputException where a full covariance has an eigenvalue below zero
   */
  public synchronized Spectrum spectrum() {
    if (spectrum == null) {
      spectrum = Spectra.of(covariance, weights.length, dim);
    }
    return spectrum;
  }
}
