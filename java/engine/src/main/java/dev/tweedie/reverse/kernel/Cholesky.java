package dev.tweedie.reverse.kernel;

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

  /** {@code (y - m)' C^-1 (y - m)} by L, of a matrix without a zero pivot. */
  static double squares(double[] factor, double[] y, double[] m) {
    int d = y.length;
    double[] solved = new double[d];
    double sum = 0;
    for (int i = 0; i < d; i++) {
      double left = y[i] - m[i];
      for (int j = 0; j < i; j++) {
        left -= factor[i * d + j] * solved[j];
      }
      solved[i] = left / factor[i * d + i];
      sum += solved[i] * solved[i];
    }
    return sum;
  }
}
