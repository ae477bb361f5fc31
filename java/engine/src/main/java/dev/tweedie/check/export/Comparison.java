package dev.tweedie.check.export;

import dev.tweedie.io.NdArray;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/**
 * Somebody's results of one output beside ours.
 *
 * @param count elements
 * @param differing elements whose bits are not those of exact mode
 * @param share largest error against reference as a share of its bound; NaN where one is no number
 *     though reference is; 0 where no element has a bound
 * @param ours the same of exact mode
 * @param error largest error
 * @param unbounded elements without a bound: only their bits can be compared
 * @param ulps how many elements are how many floats from those of exact mode, by the ends of
 *     ranges; "none" where one of both is NaN
 * @param first the first element that differs, or -1
 * @param worst the element of the largest share, or of the most ulps where none has a bound; or -1
 */
public record Comparison(
    long count,
    long differing,
    double share,
    double ours,
    double error,
    long unbounded,
    Map<String, Long> ulps,
    int first,
    int worst) {
  public Comparison {
    ulps = Collections.unmodifiableMap(ulps);
  }

  /** Bit for bit, but for what a NaN holds. */
  public boolean sameBits() {
    return differing == 0;
  }

  /** Whether every element that has a bound is within it. */
  public boolean withinBound() {
    return share <= 1;
  }

  /**
   * Compares.
   *
   * @param found as many elements as the others
   */
  public static Comparison of(float[] found, NdArray exact, NdArray reference, NdArray bound) {
    float[] bits = exact.toFloats();
    double[] right = reference.toDoubles();
    double[] allowed = bound.toDoubles();
    Map<String, Long> ulps = newHistogram();
    long differing = 0;
    long unbounded = 0;
    double share = 0;
    double ours = 0;
    double error = 0;
    long farthest = 0;
    int first = -1;
    int worst = -1;
    for (int i = 0; i < found.length; i++) {
      long distance = distance(found[i], bits[i]);
      if (distance != 0) {
        differing++;
        first = first < 0 ? i : first;
        ulps.merge(range(distance), 1L, Long::sum);
      }
      if (allowed[i] == Double.POSITIVE_INFINITY) {
        unbounded++;
        if (share == 0 && distance > farthest) {
          farthest = distance;
          worst = i;
        }
        continue;
      }
      double off = Math.abs(found[i] - right[i]);
      double part = off / allowed[i];
      if (distance != 0 && !(part <= share)) {
        worst = i;
      }
      share = larger(part, share);
      error = larger(off, error);
      ours = larger(Math.abs(bits[i] - right[i]) / allowed[i], ours);
    }
    return new Comparison(
        found.length, differing, share, ours, error, unbounded, ulps, first, worst);
  }

  /** NaN, once there, stays; of 0 / 0 nothing is off. */
  private static double larger(double value, double most) {
    return Double.isNaN(most) || value <= most ? most : value;
  }

  /**
   * Floats between both; zeros of either sign are one apart; most of all where one alone is NaN.
   */
  static long distance(float left, float right) {
    if (Float.isNaN(left) || Float.isNaN(right)) {
      return Float.isNaN(left) && Float.isNaN(right) ? 0 : Long.MAX_VALUE;
    }
    return Math.abs(place(left) - place(right));
  }

  /** Numbers the floats: -0 is -1, +0 is 0. */
  private static long place(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits < 0 ? -1L - (bits & 0x7fffffff) : bits;
  }

  /** The range of {@link #ulps()} that a pair of floats is counted in. */
  public static String ulps(float left, float right) {
    return range(distance(left, right));
  }

  /** By the numbers of their ranges, "none" behind all. */
  public static Map<String, Long> newHistogram() {
    return new TreeMap<>(
        Comparator.comparingLong(
            range -> range.equals("none") ? Long.MAX_VALUE : Long.parseLong(range.split("-")[0])));
  }

  private static String range(long distance) {
    if (distance == Long.MAX_VALUE) {
      return "none";
    }
    if (distance <= 2) {
      return Long.toString(distance);
    }
    long end = Long.highestOneBit(distance - 1) << 1;
    return (end / 2 + 1) + "-" + end;
  }
}
