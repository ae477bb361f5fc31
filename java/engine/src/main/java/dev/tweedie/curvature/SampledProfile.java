package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;
import java.util.Arrays;

/**
 * A profile from independent draws of L: one sort, then sums from the top. Standard errors are
 * those of means of n draws.
 */
public final class SampledProfile extends Profile {
  private final double[] values; // increasing
  private final double[] sums; // [i]: sum of values[i ..]
  private final double[] squares; // [i]: sum of values[i ..]^2

  /**
   * @param ratio r = alpha / sigma
   * @param localisations n &gt;= 1 draws of L_r(Y_r), in any order; copied
   */
  public SampledProfile(double ratio, double[] localisations) {
    super(ratio);
    int n = localisations.length;
    if (n == 0) {
      throw new InvalidInputException("profile: found no draws, allowed: at least 1");
    }
    values = localisations.clone();
    Arrays.sort(values);
    sums = new double[n + 1];
    squares = new double[n + 1];
    for (int i = n - 1; i >= 0; i--) {
      sums[i] = sums[i + 1] + values[i];
      squares[i] = squares[i + 1] + values[i] * values[i];
    }
  }

  /** n. */
  public int size() {
    return values.length;
  }

  /** Index of the first value above u. */
  private int above(double u) {
    int low = 0;
    int high = values.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (values[middle] > u) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  @Override
  public double survival(double u) {
    return (double) (values.length - above(u)) / values.length;
  }

  @Override
  public double excess(double u) {
    int first = above(u);
    return (sums[first] - (values.length - first) * u) / values.length;
  }

  @Override
  public double largest() {
    return values[values.length - 1];
  }

  /** Standard error of {@link #survival}. */
  public double survivalError(double u) {
    double s = survival(u);
    return Math.sqrt(s * (1 - s) / values.length);
  }

  /** Standard error of {@link #excess}. */
  public double excessError(double u) {
    int first = above(u);
    int count = values.length - first;
    double square = (squares[first] - 2 * u * sums[first] + count * u * u) / values.length;
    double mean = excess(u);
    return Math.sqrt(Math.max(square - mean * mean, 0) / values.length);
  }

  /** Standard error of {@link #tail}. */
  public double tailError(double delta) {
    return excessError(1 - delta);
  }

  /** Standard error of {@link #leastTailShare}, its delta taken as known: a second-order effect. */
  public double leastTailShareError() {
    double delta = leastTailDelta();
    return delta == 0 ? 0 : tailError(delta) / delta;
  }

  /** Standard error of {@link #complexity}, its delta taken as known: a second-order effect. */
  public double complexityError(double spread) {
    return spread * tailError(complexityDelta(spread)) / noiseVariance();
  }
}
