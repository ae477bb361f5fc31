package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code sum_k w_k N(m_k, C_k)} with isotropic, diagonal, low-rank + isotropic or full covariances.
 */
public final class GaussianMixture implements Prior {
  private final double[] weights;
  private final double[] means;
  private final Covariance covariance;
  private final int dim;
  private final double[] mean;
  private final @Nullable Spectrum spectrum; // null where every covariance is diagonal
  private final double largestVariance;

  /**
   * @param weights K weights, finite, &gt;= 0, not all zero; divided by their sum
   * @param means {@code K x dim}, row-major, finite
   * @param dim d &gt;= 1
   * @param covariance low-rank and full ones are decomposed here, once: O(K d^3) for full ones
   * @throws InvalidInputException where sizes do not match, a value is not allowed, or a full
   *     covariance is not symmetric or has an eigenvalue below zero
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
    this.spectrum = Spectra.of(covariance, weights.length, dim);
    this.largestVariance = largest(covariance, spectrum);
    this.mean = mixtureMean();
  }

  private GaussianMixture(GaussianMixture of, double[] means, double factor) {
    this.weights = of.weights;
    this.dim = of.dim;
    this.means = means;
    this.covariance = of.covariance.times(factor);
    // A factor leaves the eigenvectors: no second decomposition.
    this.spectrum = of.spectrum == null ? null : of.spectrum.times(factor);
    this.largestVariance = of.largestVariance * factor;
    this.mean = mixtureMean();
  }

  private static double largest(Covariance covariance, @Nullable Spectrum spectrum) {
    return switch (covariance) {
      case Covariance.Isotropic(double[] variances) -> largest(variances);
      case Covariance.Diagonal(double[] variances) -> largest(variances);
      case Covariance.Full _ -> largest(Objects.requireNonNull(spectrum).values());
      case Covariance.LowRank(double[] _, int rank, double[] floor) -> {
        double most = 0;
        double[] values = Objects.requireNonNull(spectrum).values();
        for (int e = 0; e < values.length; e++) {
          most = Math.max(most, values[e] + floor[e / rank]);
        }
        yield most;
      }
    };
  }

  private static double largest(double[] values) {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, value);
    }
    return most;
  }

  @Override
  public double largestVariance() {
    return largestVariance;
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

  @Override
  public void copyMean(int k, double[] to) {
    System.arraycopy(means, k * dim, to, 0, dim);
  }

  public Covariance covariance() {
    return covariance;
  }

  /**
   * Eigenvalues and eigenvectors of low-rank and full covariances.
   *
   * @throws IllegalStateException where covariances are isotropic or diagonal: they have no need
   */
  public Spectrum spectrum() {
    if (spectrum == null) {
      throw new IllegalStateException("isotropic and diagonal covariances need no spectrum");
    }
    return spectrum;
  }

  /** {@code E|x_0 - E x_0|^2 / d}, the mean variance of an element. */
  public double power() {
    double power = 0;
    for (int k = 0; k < weights.length; k++) {
      double trace = 0;
      double squares = 0;
      double[] matrix = covariance.matrix(k, dim);
      for (int j = 0; j < dim; j++) {
        double offset = means[k * dim + j] - mean[j];
        trace += matrix[j * dim + j];
        squares += offset * offset;
      }
      power += weights[k] * (trace + squares);
    }
    return power / dim;
  }

  /**
   * The law of {@code (x_0 - E x_0) / sqrt(power)}: mean zero and, per element, unit power, so that
   * an observation {@code x_0 + n} has the signal-to-noise ratio {@code 1 / sigma^2}.
   *
   * @throws InvalidInputException where the power is zero
   */
  public GaussianMixture standardised() {
    double power = power();
    if (!(power > 0)) {
      throw new InvalidInputException("mixture: found power " + power + ", allowed: > 0");
    }
    double[] moved = new double[means.length];
    for (int at = 0; at < moved.length; at++) {
      moved[at] = (means[at] - mean[at % dim]) / Math.sqrt(power);
    }
    return new GaussianMixture(this, moved, 1 / power);
  }

  /**
   * The Gaussian of the same mean and covariance. Its posterior mean is the best linear estimate
   * under this mixture. O(K d^2), and a decomposition of O(d^3).
   */
  public GaussianMixture moments() {
    double[] total = new double[dim * dim];
    for (int k = 0; k < weights.length; k++) {
      double[] matrix = covariance.matrix(k, dim);
      for (int at = 0; at < total.length; at++) {
        double row = means[k * dim + at / dim] - mean[at / dim];
        double column = means[k * dim + at % dim] - mean[at % dim];
        total[at] += weights[k] * (matrix[at] + row * column);
      }
    }
    return new GaussianMixture(new double[] {1}, mean, dim, new Covariance.Full(total));
  }
}
