package dev.tweedie.curvature;

import java.util.Arrays;

/** A symmetric tridiagonal matrix that grows, and its largest eigenvalue. */
final class Tridiagonal {
  /** Halvings that leave no float64 between two bounds. */
  private static final int HALVINGS = 60;

  private double[] diagonal = new double[4];
  private double[] off = new double[4];
  private double[] pivots = new double[4];
  private int size;

  /**
   * @param below element between this row and the next to come
   */
  void append(double diagonal, double below) {
    if (size == off.length) {
      this.diagonal = Arrays.copyOf(this.diagonal, 2 * size);
      off = Arrays.copyOf(off, 2 * size);
      pivots = new double[2 * size];
    }
    this.diagonal[size] = diagonal;
    off[size++] = below;
  }

  /**
   * The smallest number found above which the matrix less that number is negative definite, by
   * bisection: its last digit is that of Gershgorin's bound.
   */
  double largest() {
    if (size == 1) {
      return diagonal[0];
    }
    double low = diagonal[0];
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      double left = i == 0 ? 0 : Math.abs(off[i - 1]);
      double right = i + 1 == size ? 0 : Math.abs(off[i]);
      low = Math.max(low, diagonal[i]);
      high = Math.max(high, diagonal[i] + left + right);
    }
    high += 0x1p-50 * Math.abs(high); // the pivots' rounding
    for (int i = 0; i < HALVINGS && low < high; i++) {
      double middle = low + 0.5 * (high - low);
      if (middle <= low || middle >= high) {
        break;
      }
      if (negativeDefiniteLess(middle)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  /**
   * The least x from {@code largest} on that no eigenvalue of the operator lies above, unless its
   * eigenvector's squared share of the start is less than {@code share}. The mass of the start at
   * and above an x that is beyond all roots of the k-th of the orthonormal polynomials is at most
   * {@code 1 / sum_{j <= k} p_j(x)^2} (Chebyshev, Markov and Stieltjes), which falls as x grows.
   *
   * @param largest what {@link #largest} returned
   * @param last element that follows the last row, not 0 where it could not be told from 0
   */
  double above(double largest, double last, double share) {
    if (last == 0) {
      return largest; // an operator of zeros
    }
    double step = last;
    while (mass(largest + step, last) > share) {
      step *= 2;
    }
    double low = 0;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = low + 0.5 * (step - low);
      if (mass(largest + middle, last) > share) {
        low = middle;
      } else {
        step = middle;
      }
    }
    return largest + step;
  }

  private double mass(double x, double last) {
    double before = 0;
    double at = 1;
    double sum = 1;
    for (int i = 0; i < size; i++) {
      double next = (x - diagonal[i]) * at - (i == 0 ? 0 : off[i - 1]) * before;
      before = at;
      at = next / (i + 1 == size ? last : off[i]);
      sum += at * at;
    }
    return 1 / sum; // 0 where it overflows
  }

  private boolean negativeDefiniteLess(double shift) {
    double pivot = diagonal[0] - shift;
    pivots[0] = pivot;
    for (int i = 1; i < size && pivot < 0; i++) {
      pivot = diagonal[i] - shift - off[i - 1] * off[i - 1] / pivot;
      pivots[i] = pivot;
    }
    return pivot < 0;
  }

  /**
   * Absolute value of the last element of the unit eigenvector, by inverse iteration with the
   * definite matrix that {@link #largest} ended at, which needs no pivoting.
   *
   * @param largest what it returned
   */
  double lastOfVector(double largest) {
    if (size == 1 || !negativeDefiniteLess(largest)) {
      return 1; // a bound
    }
    double[] y = new double[size];
    Arrays.fill(y, 1);
    for (int iteration = 0; iteration < 3; iteration++) {
      for (int i = 1; i < size; i++) {
        y[i] -= off[i - 1] / pivots[i - 1] * y[i - 1];
      }
      y[size - 1] /= pivots[size - 1];
      for (int i = size - 2; i >= 0; i--) {
        y[i] = (y[i] - off[i] * y[i + 1]) / pivots[i];
      }
      double norm = 0;
      for (double value : y) {
        norm = Math.max(norm, Math.abs(value));
      }
      double squares = 0;
      for (int i = 0; i < size; i++) {
        y[i] /= norm;
        squares += y[i] * y[i];
      }
      double scale = 1 / Math.sqrt(squares);
      for (int i = 0; i < size; i++) {
        y[i] *= scale;
      }
    }
    return Math.abs(y[size - 1]);
  }
}
