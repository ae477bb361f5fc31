package dev.tweedie.backend.reference;

import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;

/**
 * What each component k, taken alone, says of x_0 given x_t = a x_0 + s z. With {@code P_k = a^2
 * C_k + s^2 I} and the difference {@code z_k = x_t - a m_k} it is Gaussian (mathematics 1.3):
 *
 * <pre>
 * logit        l_k = log w_k - log det P_k / 2 - z_k' P_k^-1 z_k / 2
 * mean         M_k = m_k + a C_k P_k^-1 z_k
 * covariance   V_k = s^2 C_k P_k^-1
 * score        g_k = -P_k^-1 z_k
 * </pre>
 *
 * Written with the eigenvalues of C_k, never an inverse of C_k: zero and singular ones are legal.
 * One subclass a family of covariances.
 */
abstract class ComponentPosterior {
  final Prior prior;
  final Level level;
  final int dim;
  final double a;
  final double s;

  ComponentPosterior(Prior prior, Level level) {
    this.prior = prior;
    this.level = level;
    this.dim = prior.dim();
    this.a = level.alpha();
    this.s = level.sigma();
  }

  static ComponentPosterior of(Prior prior, Level level) {
    return switch (prior) {
      case DataSet points -> new DataSetPosterior(points, level);
      case GaussianMixture mixture ->
          switch (mixture.covariance()) {
            case Covariance.Isotropic(double[] variances) ->
                new IsotropicPosterior(mixture, variances, level);
            case Covariance.Diagonal(double[] variances) ->
                new DiagonalPosterior(mixture, variances, level);
            case Covariance.LowRank(double[] _, int _, double[] floor) ->
                new LowRankPosterior(mixture, floor, level);
            case Covariance.Full _ -> new FullPosterior(mixture, level);
          };
    };
  }

  /** {@code z_k = x - a m_k}. */
  final void difference(int k, double[] x, double[] z) {
    prior.copyMean(k, z);
    for (int j = 0; j < dim; j++) {
      z[j] = x[j] - a * z[j];
    }
  }

  /** {@code l_k}, without the constant {@code -(d/2) log 2 pi} that all components share. */
  abstract double logit(int k, double[] z);

  /** Writes {@code M_k}. */
  abstract void mean(int k, double[] z, double[] out);

  /** Writes the diagonal of {@code V_k}. */
  abstract void variance(int k, double[] out);

  /** Writes {@code V_k v}. */
  abstract void covarianceTimes(int k, double[] v, double[] out);

  /** Writes the diagonal of {@code P_k^-1}. */
  abstract void precision(int k, double[] out);

  /** Writes {@code P_k^-1 v}; out may be v. */
  abstract void precisionTimes(int k, double[] v, double[] out);

  /**
   * Writes a draw of x_u given x_t and component k (mathematics 1.4): mean {@code a_u m_k + a_{t|u}
   * P_ku P_kt^-1 z_k}, covariance {@code v P_ku P_kt^-1}.
   *
   * @param xi standard normals; those of the eigenbasis for full covariances
   */
  abstract void draw(int k, EigenTransition step, double[] z, double[] xi, double[] out);

  /** An eigenvalue of {@code P_k} for the eigenvalue {@code c} of C_k. */
  final double noisy(double c) {
    return a * a * c + s * s;
  }

  /** An eigenvalue of {@code V_k} for the eigenvalue {@code c} of C_k. */
  final double spread(double c) {
    return s * s * c / noisy(c);
  }

  static double squaredNorm(double[] z) {
    double sum = 0;
    for (double value : z) {
      sum += value * value;
    }
    return sum;
  }
}
