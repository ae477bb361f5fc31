package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.reference.MixturePosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;

/**
 * Second-order facts of {@code log p_t} at a point, for any prior and level, in float64 on the
 * host. With C = Cov[x_0 | x] (mathematics 1.2):
 *
 * <pre>
 * Hessian       H = -(I - (a^2 / s^2) C) / s^2
 * localisation  L = (a^2 / s^2) lambda_max(C)     L &lt;= 1 - delta  &lt;=&gt;  H &lt;= -(delta / s^2) I
 * </pre>
 *
 * Products with C cost as much as one evaluation of the posterior and keep no matrix. Belongs to
 * one thread.
 */
public final class Curvature {
  /** Largest d for which {@link #covariance} and {@link #hessian} write a matrix. */
  public static final int LARGEST_MATRIX = 2048;

  private final MixturePosterior posterior;
  private final Level level;
  private final int dim;

  /**
   * @throws InvalidInputException where sigma is 0
   */
  public Curvature(Prior prior, Level level) {
    if (level.sigma() == 0) {
      throw new InvalidInputException("level: found sigma 0, allowed: sigma > 0");
    }
    this.posterior = MixturePosterior.of(prior, level);
    this.level = level;
    this.dim = prior.dim();
  }

  /**
   * Moves to a point; all other methods speak of the last one.
   *
   * @param x d finite numbers, a sample of {@code alpha x_0 + sigma z}; copied
   * @throws InvalidInputException where the size does not match or a number is not finite
   */
  public Curvature at(double... x) {
    if (x.length != dim) {
      throw new InvalidInputException("x: found " + x.length + " numbers, allowed: " + dim);
    }
    for (double value : x) {
      if (!Double.isFinite(value)) {
        throw new InvalidInputException("x: found " + value + ", allowed: finite numbers");
      }
    }
    System.arraycopy(x, 0, posterior.x(), 0, dim);
    posterior.evaluate();
    posterior.mean();
    return this;
  }

  /** {@code log p_t(x)}. */
  public double logEvidence() {
    return posterior.logEvidence();
  }

  /** {@code E[x_0 | x]}, d numbers. */
  public double[] mean() {
    return posterior.mean().clone();
  }

  /** Gradient of {@code log p_t}, d numbers. */
  public double[] score() {
    double[] out = new double[dim];
    posterior.score(out);
    return out;
  }

  /** {@code out = C v}; both of d numbers, apart. */
  public void covarianceTimes(double[] v, double[] out) {
    posterior.covarianceTimes(v, out);
  }

  /** {@code out = H v}; both of d numbers, apart. */
  public void hessianTimes(double[] v, double[] out) {
    covarianceTimes(v, out);
    double s2 = level.sigma() * level.sigma();
    for (int j = 0; j < dim; j++) {
      out[j] = (level.snr() * out[j] - v[j]) / s2;
    }
  }

  /** C, {@code d x d}, symmetric. */
  public double[] covariance() {
    return matrix(this::covarianceTimes);
  }

  /** H, {@code d x d}, symmetric. */
  public double[] hessian() {
    return matrix(this::hessianTimes);
  }

  private double[] matrix(Lanczos.Operator operator) {
    if (dim > LARGEST_MATRIX) {
      throw new InvalidInputException(
          "matrix: found dimension " + dim + ", allowed: at most " + LARGEST_MATRIX);
    }
    double[] out = new double[dim * dim];
    double[] unit = new double[dim];
    double[] column = new double[dim];
    for (int i = 0; i < dim; i++) {
      unit[i] = 1;
      operator.times(unit, column);
      System.arraycopy(column, 0, out, i * dim, dim);
      unit[i] = 0;
    }
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < i; j++) { // the columns' rounding must not show
        double middle = 0.5 * (out[i * dim + j] + out[j * dim + i]);
        out[i * dim + j] = middle;
        out[j * dim + i] = middle;
      }
    }
    return out;
  }

  /** Diagonal of C, d numbers. */
  public double[] diagonal() {
    double[] out = new double[dim];
    posterior.covarianceDiagonal(out);
    return out;
  }

  /** Trace of C. */
  public double trace() {
    double sum = 0;
    for (double value : diagonal()) {
      sum += value;
    }
    return sum;
  }

  /**
   * Largest eigenvalue of C by Lanczos on products with C, to 12 digits for at most 300 of them.
   */
  public TopEigenvalue topEigenvalue() {
    return Lanczos.largest(this::covarianceTimes, dim);
  }

  /** L, the operator norm of {@code (a^2 / s^2) C}. */
  public double localisation() {
    return level.snr() * topEigenvalue().value();
  }
}
