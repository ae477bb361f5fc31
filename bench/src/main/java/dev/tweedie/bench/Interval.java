package dev.tweedie.bench;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * A ratio of times with its interval of 95 %. What varies independently is a process, not an
 * iteration: iterations of one process share its compiled code and its addresses (Kalibera and
 * Jones 2013, "Rigorous benchmarking in reasonable time"). So each process is one number, the
 * logarithm of its median iteration, and intervals are Student's.
 *
 * @param ratio later over earlier; above 1 is slower
 * @param p how probable so large a difference is where there is none
 */
record Interval(double ratio, double low, double high, double p) {
  private static final double CONFIDENCE = 0.95;

  /** Fewer processes say nothing of what the next one would take. */
  static final int LEAST = 2;

  /**
   * Of processes that ran apart: Welch's, since one run may be noisier than the other.
   *
   * @param before iterations by process; {@link #LEAST} processes or more, as of {@code after}
   */
  static Interval welch(List<double[]> before, List<double[]> after) {
    double[] a = logarithms(before);
    double[] b = logarithms(after);
    double partOfA = variance(a) / a.length;
    double partOfB = variance(b) / b.length;
    double both = partOfA + partOfB;
    double freedom =
        both * both / (partOfA * partOfA / (a.length - 1) + partOfB * partOfB / (b.length - 1));
    return of(mean(b) - mean(a), Math.sqrt(both), freedom);
  }

  /**
   * Of pairs of processes that took turns: of each the median ratio of neighbours in time.
   *
   * @param before iterations by process; {@code after} has as many, each beside its own
   */
  static Interval paired(List<double[]> before, List<double[]> after) {
    double[] differences = new double[before.size()];
    for (int i = 0; i < differences.length; i++) {
      double[] one = before.get(i);
      double[] other = after.get(i);
      double[] logarithms = new double[Math.min(one.length, other.length)];
      Arrays.setAll(logarithms, j -> Math.log(other[j] / one[j]));
      differences[i] = Timings.median(logarithms);
    }
    int n = differences.length;
    return of(mean(differences), Math.sqrt(variance(differences) / n), n - 1);
  }

  private static Interval of(double difference, double error, double freedom) {
    double ratio = Math.exp(difference);
    if (error == 0) { // all processes alike, as in a file beside itself
      return new Interval(ratio, ratio, ratio, difference == 0 ? 1 : 0);
    }
    TDistribution student = new TDistribution(null, freedom);
    double half = error * student.inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    return new Interval(
        ratio,
        Math.exp(difference - half),
        Math.exp(difference + half),
        2 * student.cumulativeProbability(-Math.abs(difference / error)));
  }

  /**
   * Holm's correction (1979) of many comparisons at once: with 5 % of chance for all of them, and
   * not for each.
   */
  static double[] holm(double[] p) {
    Integer[] order = new Integer[p.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (one, other) -> Double.compare(p[one], p[other]));
    double[] corrected = new double[p.length];
    double largest = 0;
    for (int i = 0; i < p.length; i++) {
      largest = Math.max(largest, Math.min(1, (p.length - i) * p[order[i]]));
      corrected[order[i]] = largest;
    }
    return corrected;
  }

  private static double[] logarithms(List<double[]> forks) {
    return forks.stream().mapToDouble(fork -> Math.log(Timings.median(fork))).toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum()
        / (values.length - 1);
  }
}
