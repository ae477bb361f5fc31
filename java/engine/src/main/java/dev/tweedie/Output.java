package dev.tweedie;

import java.util.Locale;

/** What an evaluation of the posterior can write, for B rows of dimension d and K components. */
public enum Output {
  /** {@code B x 1}: log p_t(x). */
  EVIDENCE,
  /** {@code B x d}: E[x_0 | x]. */
  MEAN,
  /** {@code B x d}: gradient of log p_t. */
  SCORE,
  /** {@code B x 1}: trace of Cov[x_0 | x]. */
  TRACE,
  /** {@code B x d}: diagonal of Cov[x_0 | x]. */
  DIAGONAL,
  /** {@code B x d}: diagonal of the Hessian of log p_t. */
  HESSIAN_DIAGONAL,
  /** {@code B x K}: posterior weight of each component. */
  RESPONSIBILITIES;

  /** As its method of {@link Outputs} is called. */
  @Override
  public String toString() {
    return switch (this) {
      case HESSIAN_DIAGONAL -> "hessianDiagonal";
      default -> name().toLowerCase(Locale.ROOT);
    };
  }

  /** Numbers for each row. */
  public int columns(int dim, int components) {
    return switch (this) {
      case EVIDENCE, TRACE -> 1;
      case MEAN, SCORE, DIAGONAL, HESSIAN_DIAGONAL -> dim;
      case RESPONSIBILITIES -> components;
    };
  }
}
