package dev.tweedie.curvature;

/** The standard normal law in float64, tails included. */
final class NormalLaw {
  private static final double ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

  /** Where the series of the middle hands over to the continued fraction of the tail. */
  private static final double TAIL = 2;

  private NormalLaw() {}

  static double density(double x) {
    return Math.exp(-0.5 * x * x) / ROOT_TWO_PI;
  }

  /** {@code P(Z <= x)}; small values keep their digits. */
  static double cdf(double x) {
    return x < 0 ? density(x) * mills(-x) : 1 - density(x) * mills(x);
  }

  /** The x with {@code cdf(x) = p}, 0 &lt; p &lt; 1, by bisection down to neighbouring numbers. */
  static double quantile(double p) {
    double low = -40;
    double high = 40;
    while (true) {
      double middle = 0.5 * (low + high);
      if (middle <= low || middle >= high) {
        return high;
      }
      if (cdf(middle) < p) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  /** Mills's ratio {@code P(Z > x) / density(x)} for x &gt;= 0. */
  static double mills(double x) {
    if (x > TAIL) {
      // Laplace: 1 / (x + 1 / (x + 2 / (x + 3 / ...))), 2e-16 with this many terms
      double tail = x;
      for (int n = 30 + (int) (700 / (x * x)); n > 0; n--) {
        tail = x + n / tail;
      }
      return 1 / tail;
    }
    double term = x;
    double sum = x; // (Phi(x) - 1/2) / density = x + x^3 / 3 + x^5 / (3 5) + ...
    for (int n = 3; term > 1e-17 * sum; n += 2) {
      term *= x * x / n;
      sum += term;
    }
    return 0.5 / density(x) - sum;
  }
}
