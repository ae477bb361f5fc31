package dev.tweedie.prior;

/**
 * The covariances of a mixture's K components in dimension d. Zero and singular ones are legal
 * everywhere: nothing is computed from an inverse of C_k, only of {@code alpha^2 C_k + sigma^2 I}.
 */
public sealed interface Covariance {
  /** {@code C_k = variances[k] I}; the K variances are copied. */
  record Isotropic(double[] variances) implements Covariance {
    public Isotropic {
      variances = variances.clone();
    }
  }

  /** {@code C_k = diag(variances[k d .. k d + d))}; the {@code K x d} variances are copied. */
  record Diagonal(double[] variances) implements Covariance {
    public Diagonal {
      variances = variances.clone();
    }
  }

  /**
   * {@code C_k = F_k F_k' + floor[k] I}.
   *
   * @param factors {@code K x d x rank}, row-major; not copied, read when a mixture is made
   * @param rank 1 to d
   * @param floor K variances (tau^2) of the isotropic part, copied
   */
  record LowRank(double[] factors, int rank, double[] floor) implements Covariance {
    public LowRank {
      floor = floor.clone();
    }
  }

  /**
   * {@code C_k} in full.
   *
   * @param matrices {@code K x d x d}, each symmetric and positive semi-definite; not copied, read
   *     when a mixture is made
   */
  record Full(double[] matrices) implements Covariance {}
}
