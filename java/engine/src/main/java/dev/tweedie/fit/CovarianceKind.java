package dev.tweedie.fit;

/** Kinds of covariance that a fit estimates, one of each kind for every component. */
public enum CovarianceKind {
  /** {@code c_k I}. */
  ISOTROPIC,
  /** {@code diag(c_k)}. */
  DIAGONAL,
  /** {@code F_k F_k' + tau_k^2 I}: a mixture of probabilistic principal components. */
  LOW_RANK,
  /** {@code C_k} in full. */
  FULL
}
