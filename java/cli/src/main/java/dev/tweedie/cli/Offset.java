package dev.tweedie.cli;

import dev.tweedie.io.Rows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where rows of float64 lie so far from 0 beside what they vary that float32 would lose it: then
 * they are taken about their mean, in float64, before they are rounded.
 */
final class Offset {
  /**
   * A mean of so many standard deviations: rounding then moves a number by 3e-5 of one (2^-25 of
   * the mean), less than what a fit in float32 shows.
   */
  private static final double FAR = 1000;

  private Offset() {}

  /** Whether some column of float32 rows is that far from 0, or constant beside it. */
  static boolean isFar(Rows rows) {
    int dim = rows.dim();
    double[] sums = new double[dim];
    double[] squares = new double[dim];
    MemorySegment values = rows.values();
    for (long i = 0; i < rows.count() * dim; i++) {
      int j = (int) (i % dim);
      double first = values.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, j);
      double x = values.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i) - first;
      sums[j] += x;
      squares[j] += x * x;
    }
    for (int j = 0; j < dim; j++) {
      double mean = sums[j] / rows.count();
      double variance = Math.max(0, squares[j] / rows.count() - mean * mean);
      double first = values.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, j);
      if (Math.abs(first + mean) > FAR * Math.sqrt(variance)) {
        return true;
      }
    }
    return false;
  }

  /** The mean of float64 rows. */
  static double[] mean(Rows rows) {
    int dim = rows.dim();
    double[] mean = new double[dim];
    MemorySegment values = rows.values();
    for (int j = 0; j < dim; j++) {
      double first = values.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, j);
      double sum = 0;
      for (long row = 0; row < rows.count(); row++) {
        sum += values.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, row * dim + j) - first;
      }
      mean[j] = first + sum / rows.count();
    }
    return mean;
  }

  /** Float64 rows less their mean, as float32. */
  static float[] about(double[] mean, Rows rows) {
    int dim = rows.dim();
    float[] centred = new float[Math.toIntExact(rows.count() * dim)];
    for (int i = 0; i < centred.length; i++) {
      double x = rows.values().getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
      centred[i] = (float) (x - mean[i % dim]);
    }
    return centred;
  }

  /** Means of components with the offset again. */
  static double[] back(double[] means, double[] offset) {
    double[] moved = means.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += offset[i % offset.length];
    }
    return moved;
  }
}
