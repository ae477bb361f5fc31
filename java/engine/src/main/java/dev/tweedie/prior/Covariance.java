package dev.tweedie.prior;

/**
 * The covariances of a mixture's K components in dimension d. Zero and singular ones are legal
 * everywhere: nothing is computed from an inverse of C_k, only of {@code alpha^2 C_k + sigma^2 I}.
 */
public sealed interface Covariance {
  /** {@code C_k = variances[k] I}. */
  record Isotropic(double[] variances) implements Covariance {}

  /** {@code C_k = diag(variances[k d .. k d + d))}. */
  record Diagonal(double[] variances) implements Covariance {}

  /**
   * {@code C_k = F_k F_k' + floor[k] I}.
   *
   * @param factors {@code K x d x rank}, row-major
   * @param floor K variances (tau^2) of the isotropic part
   */
  record LowRank(double[] factors, int rank, double[] floor) implements Covariance {}

  /** {@code C_k} in full: {@code K x d x d}, symmetric and positive semi-definite. */
  record Full(double[] matrices) implements Covariance {}
}
