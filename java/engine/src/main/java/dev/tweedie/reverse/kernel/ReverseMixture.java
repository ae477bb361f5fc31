package dev.tweedie.reverse.kernel;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.prior.Spectrum;
import dev.tweedie.schedule.Level;

/**
 * The exact reverse kernel q(x_u | x_t) of a prior, one point at a time in float64 on the host: a
 * mixture whose weights are the responsibilities at x_t (Li et al. 2024, Proposition 1). For small
 * d, where its moments and density are wanted and not only draws: O(K d^2) a point and O(d^2) an
 * entry of the covariance. Keeps the last point; belongs to one thread at a time.
 */
public final class ReverseMixture {
  private static final int MOST_DIMENSIONS = 64;

  private final Prior prior;
  private final Level from;
  private final Level to;
  private final int dim;
  private final double[] basis; // K x d x d, columns are eigenvectors
  private final double[] noisy; // K x d: a_t^2 lambda + s_t^2
  private final double[] variances; // K x d: eigenvalues v P_u / P_t of the kernel's components
  private final double[] shrink; // K x d: P_u / P_t
  private final double[] logScale; // K: log w_k - 1/2 log det P_t
  private final double[] logSpread; // K: -1/2 log det (2 pi covariance of component k)
  private final double[] weights;
  private final double[] means; // K x d
  private final double[] scratch;

  /**
   * Prepares the kernel from {@code from} to {@code to}.
   *
   * @param prior of at most 64 dimensions
   * @throws InvalidInputException for more, or a target that is not cleaner
   */
  public ReverseMixture(Prior prior, Level from, Level to) {
    if (prior.dim() > MOST_DIMENSIONS) {
      throw new InvalidInputException(
          "reverse kernel: found " + prior.dim() + " dimensions, allowed: at most 64");
    }
    this.prior = prior;
    this.from = from;
    this.to = to;
    this.dim = prior.dim();
    int components = prior.components();
    Spectrum spectrum = spectrum(prior);
    basis = spectrum.basis();
    noisy = new double[components * dim];
    shrink = new double[components * dim];
    variances = new double[components * dim];
    logScale = new double[components];
    logSpread = new double[components];
    weights = new double[components];
    means = new double[components * dim];
    scratch = new double[components];
    double added = from.transitionVariance(to);
    for (int k = 0; k < components; k++) {
      logScale[k] = StrictMath.log(prior.weight(k));
      for (int e = k * dim; e < (k + 1) * dim; e++) {
        noisy[e] = variance(from, spectrum.value(e));
        shrink[e] = variance(to, spectrum.value(e)) / noisy[e];
        variances[e] = added * shrink[e];
        logScale[k] -= StrictMath.log(noisy[e]) / 2;
        logSpread[k] -= StrictMath.log(2 * Math.PI * variances[e]) / 2;
      }
    }
  }

  private static double variance(Level level, double eigenvalue) {
    return level.alpha() * level.alpha() * eigenvalue + level.sigma() * level.sigma();
  }

  /** The covariance of every component by its eigenvectors, whatever its kind. */
  private static Spectrum spectrum(Prior prior) {
    int d = prior.dim();
    int components = prior.components();
    double[] matrices = new double[components * d * d];
    double[] means = new double[components * d];
    double[] weights = new double[components];
    double[] mean = new double[d];
    for (int k = 0; k < components; k++) {
      weights[k] = prior.weight(k);
      prior.copyMean(k, mean);
      System.arraycopy(mean, 0, means, k * d, d);
      if (prior instanceof GaussianMixture mixture) { // a data set's are zero
        System.arraycopy(mixture.covariance().matrix(k, d), 0, matrices, k * d * d, d * d);
      }
    }
    return new GaussianMixture(weights, means, d, new Covariance.Full(matrices)).spectrum();
  }

  /** The level t that it starts from. */
  public Level from() {
    return from;
  }

  /** The level u that it goes to. */
  public Level to() {
    return to;
  }

  /** The measure of x_0. */
  public Prior prior() {
    return prior;
  }

  public int dim() {
    return dim;
  }

  public int components() {
    return weights.length;
  }

  /**
   * Moves to another point: what the other methods say is of the kernel there.
   *
   * @param x x_t, d numbers
   * @return {@code log p_t(x)}
   */
  public double at(double[] x) {
    double kept = from.transitionAlpha(to);
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < weights.length; k++) {
      double squares = 0;
      for (int j = 0; j < dim; j++) {
        means[k * dim + j] = to.alpha() * prior.mean(k, j);
      }
      for (int e = 0; e < dim; e++) {
        double projected = 0;
        for (int j = 0; j < dim; j++) {
          projected += basis(k, j, e) * (x[j] - from.alpha() * prior.mean(k, j));
        }
        squares += projected * projected / noisy[k * dim + e];
        for (int j = 0; j < dim; j++) {
          means[k * dim + j] += basis(k, j, e) * kept * shrink[k * dim + e] * projected;
        }
      }
      weights[k] = logScale[k] - squares / 2;
      largest = Math.max(largest, weights[k]);
    }
    double sum = 0;
    for (int k = 0; k < weights.length; k++) {
      weights[k] = Math.exp(weights[k] - largest);
      sum += weights[k];
    }
    for (int k = 0; k < weights.length; k++) {
      weights[k] /= sum;
    }
    return largest + Math.log(sum) - dim * Math.log(2 * Math.PI) / 2;
  }

  private double basis(int k, int row, int column) {
    return basis[(k * dim + row) * dim + column];
  }

  /** Weight of component k here. */
  public double weight(int k) {
    return weights[k];
  }

  /** Element j of the mean of component k here. */
  public double mean(int k, int j) {
    return means[k * dim + j];
  }

  /** Eigenvalue e of the covariance of component k, which is the same at every point. */
  public double variance(int k, int e) {
    return variances[k * dim + e];
  }

  /**
   * A draw of x_t: {@code alpha_t m_k + P_t^(1/2) z}, from the component k of the prior.
   *
   * @param z d standard normal numbers
   * @param x where it is written
   */
  void noisyPoint(int k, double[] z, double[] x) {
    for (int j = 0; j < dim; j++) {
      x[j] = from.alpha() * prior.mean(k, j);
      for (int e = 0; e < dim; e++) {
        x[j] += basis(k, j, e) * Math.sqrt(noisy[k * dim + e]) * z[e];
      }
    }
  }

  /** A draw of x_u given x_t, from component k here; as {@link #noisyPoint}. */
  void point(int k, double[] z, double[] y) {
    for (int j = 0; j < dim; j++) {
      y[j] = mean(k, j);
      for (int e = 0; e < dim; e++) {
        y[j] += basis(k, j, e) * Math.sqrt(variances[k * dim + e]) * z[e];
      }
    }
  }

  /** E[x_u | x_t] here, d numbers. */
  public double[] mean() {
    double[] mean = new double[dim];
    for (int at = 0; at < means.length; at++) {
      mean[at % dim] += weights[at / dim] * means[at];
    }
    return mean;
  }

  /** Cov[x_u | x_t] here, {@code d x d}. Sums of squares around the mean: never below zero. */
  public double[] covariance() {
    double[] mean = mean();
    double[] covariance = new double[dim * dim];
    for (int k = 0; k < weights.length; k++) {
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j <= i; j++) {
          double entry = (mean(k, i) - mean[i]) * (mean(k, j) - mean[j]);
          for (int e = 0; e < dim; e++) {
            entry += basis(k, i, e) * variances[k * dim + e] * basis(k, j, e);
          }
          covariance[i * dim + j] += weights[k] * entry;
        }
      }
    }
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < i; j++) {
        covariance[j * dim + i] = covariance[i * dim + j];
      }
    }
    return covariance;
  }

  /**
   * {@code log q(y | x_t)} here.
   *
   * @param y x_u, d numbers
   * @return infinite or NaN where a component has no density: point masses at {@link Level#CLEAN}
   */
  public double logDensity(double[] y) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < weights.length; k++) {
      double squares = 0;
      for (int e = 0; e < dim; e++) {
        double projected = 0;
        for (int j = 0; j < dim; j++) {
          projected += basis(k, j, e) * (y[j] - mean(k, j));
        }
        squares += projected * projected / variances[k * dim + e];
      }
      scratch[k] = Math.log(weights[k]) + logSpread[k] - squares / 2;
      largest = Math.max(largest, scratch[k]);
    }
    double sum = 0;
    for (double term : scratch) {
      sum += Math.exp(term - largest);
    }
    return largest + Math.log(sum);
  }
}
