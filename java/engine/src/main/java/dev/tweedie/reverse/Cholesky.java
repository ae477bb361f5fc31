package dev.tweedie.reverse;

/**
 * {@code C = L L'} of a small positive semi-definite matrix, in place. A pivot that rounding has
 * left at or below zero makes a zero column: nothing varies in that direction.
 */
final class Cholesky {
  private Cholesky() {}

  /** Overwrites the lower triangle of {@code c}, {@code d x d}, with L. */
  static void factor(double[] c, int d) {
    for (int j = 0; j < d; j++) {
      double pivot = c[j * d + j];
      for (int k = 0; k < j; k++) {
        pivot -= c[j * d + k] * c[j * d + k];
      }
      double root = Math.sqrt(Math.max(pivot, 0));
      c[j * d + j] = root;
      for (int i = j + 1; i < d; i++) {
        double entry = c[i * d + j];
        for (int k = 0; k < j; k++) {
          entry -= c[i * d + k] * c[j * d + k];
        }
        c[i * d + j] = root > 0 ? entry / root : 0;
      }
    }
  }
}
