package dev.tweedie.metric;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;

/**
 * The maximum mean discrepancy of two samples with the kernel {@code k(x, y) = exp(-|x - y|^2 / (2
 * h^2))} (Gretton et al. 2012). All pairs: O((A + B)^2 d).
 */
public final class MeanDiscrepancy {
  private MeanDiscrepancy() {}

  /**
   * The unbiased estimate of its square (their Eq. 3), {@code mean k(x, x') + mean k(y, y') - 2
   * mean k(x, y)} without the pairs of a row with itself. Of mean 0 for two samples of one law, so
   * often below 0.
   *
   * @param a {@code A x d}, at least two rows
   * @param b {@code B x d}, at least two rows
   * @param bandwidth h, &gt; 0
   */
  public static double squared(Samples a, Samples b, double bandwidth) {
    if (a.dim() != b.dim() || a.rows() < 2 || b.rows() < 2) {
      throw new InvalidInputException(
          "samples: found " + a + " and " + b + ", allowed: at least two rows each, of one size");
    }
    if (!(bandwidth > 0 && bandwidth < Double.POSITIVE_INFINITY)) {
      throw new InvalidInputException("bandwidth: found " + bandwidth + ", allowed: > 0");
    }
    double[] first = a.toDoubles();
    double[] second = b.toDoubles();
    double n = a.rows();
    double m = b.rows();
    // Of a row with itself the kernel is 1.
    return (sum(first, first, a.dim(), bandwidth) - n) / (n * (n - 1))
        + (sum(second, second, a.dim(), bandwidth) - m) / (m * (m - 1))
        - 2 * sum(first, second, a.dim(), bandwidth) / (n * m);
  }

  private static double sum(double[] a, double[] b, int dim, double bandwidth) {
    double sum = 0;
    for (int i = 0; i < a.length; i += dim) {
      for (int j = 0; j < b.length; j += dim) {
        double squares = 0;
        for (int c = 0; c < dim; c++) {
          // Divided before it is squared: the square of a bandwidth of 1e-300 is 0.
          double difference = (a[i + c] - b[j + c]) / bandwidth;
          squares += difference * difference;
        }
        sum += Math.exp(-0.5 * squares);
      }
    }
    return sum;
  }
}
