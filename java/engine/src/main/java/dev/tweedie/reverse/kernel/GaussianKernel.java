package dev.tweedie.reverse.kernel;

import dev.tweedie.reverse.Ddpm;

/** The Gaussian reverse kernels with the exact mean E[x_u | x_t]; they differ in covariance. */
public enum GaussianKernel {
  /** {@code v I}, the transition's: {@link Ddpm.Variance#TRANSITION}. */
  BETA,
  /** {@code v sigma_u^2 / sigma_t^2 I}: {@link Ddpm.Variance#POSTERIOR}. */
  BETA_TILDE,
  /** The best constant multiple of I: {@link BestIsotropic}. */
  BEST_ISOTROPIC,
  /** The exact covariance at each x_t: {@link FullCovariance}. */
  FULL_COVARIANCE
}
