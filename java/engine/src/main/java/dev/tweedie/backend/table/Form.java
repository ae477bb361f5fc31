package dev.tweedie.backend.table;

/**
 * What the weighted sums of a level are made of, and the second moments about them: {@code
 * tweedie_form}. With {@code z = x - a m}, p an eigenvalue of {@code P = a^2 C + s^2 I} and c of C,
 * each form is {@code gain z} plus, of means, m; a covariance is {@code spread}.
 */
public enum Form {
  /**
   * Posterior means {@code M_k}: all but the score's and the covariance's digits at small sigma.
   */
  MEANS,

  /**
   * {@code M_k - x / a = -(s^2 / a) P_k^-1 z_k}: differences of means that are nearly {@code x / a}
   * cancel, those of remainders do not.
   */
  REMAINDERS,

  /** Scores {@code g_k = -P_k^-1 z_k} and Hessians {@code -P_k^-1}. */
  SCORES;

  /** The factor of z in a direction of variance c. */
  double gain(double a, double s, double c) {
    return switch (this) {
      case MEANS -> a * c / (a * a * c + s * s);
      case REMAINDERS -> -(s * s / a) / (a * a * c + s * s);
      case SCORES -> -1 / (a * a * c + s * s);
    };
  }

  /** What is left of m once {@code gain x} is taken. */
  double share(double a, double s, double c) {
    return this == SCORES ? a / (a * a * c + s * s) : s * s / (a * a * c + s * s);
  }

  /** The covariance in a direction of variance c. */
  double spread(double a, double s, double c) {
    return this == SCORES ? -1 / (a * a * c + s * s) : s * s * c / (a * a * c + s * s);
  }
}
