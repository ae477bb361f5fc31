package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A finite set of points, by default of equal weight: a mixture of K = N components of zero
 * covariance. The points stay where they are (a mapped file, say); a backend keeps its own centred
 * float32 copy.
 */
public final class DataSet implements Prior {
  private final MemorySegment points;
  private final Precision precision;
  private final int size;
  private final int dim;
  private final double[] weights;
  private final double[] mean;

  /**
   * @param points {@code size x dim} numbers, row-major, not copied; must stay alive
   * @param weights one a point, finite, &gt;= 0, not all zero; or null for equal weights
   * @throws InvalidInputException where sizes do not match or a value is not finite
   */
  public DataSet(MemorySegment points, Precision precision, int size, int dim, double[] weights) {
    if (size < 1 || dim < 1) {
      throw new InvalidInputException(
          "data set: found " + size + " x " + dim + ", allowed: at least one point of dimension 1");
    }
    long expected = (long) size * dim * precision.bytes();
    if (points.byteSize() < expected) {
      throw new InvalidInputException(
          "data set: found " + points.byteSize() + " bytes, allowed: " + expected);
    }
    if (weights != null && weights.length != size) {
      throw new InvalidInputException(
          "weights: found " + weights.length + ", allowed: one for each of " + size + " points");
    }
    this.points = points;
    this.precision = precision;
    this.size = size;
    this.dim = dim;
    this.weights = weights == null ? null : Weights.normalised(weights);
    this.mean = weightedMean();
  }

  /** Copies {@code points}, {@code size x dim} row-major, equal weights. */
  public static DataSet of(float[] points, int dim) {
    MemorySegment copy = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, points);
    return new DataSet(copy, Precision.FLOAT32, rows(points.length, dim), dim, null);
  }

  /** Copies {@code points}, {@code size x dim} row-major, equal weights. */
  public static DataSet of(double[] points, int dim) {
    MemorySegment copy = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_DOUBLE, points);
    return new DataSet(copy, Precision.FLOAT64, rows(points.length, dim), dim, null);
  }

  /** The same points, not copied, with other weights. */
  public DataSet withWeights(double[] weights) {
    return new DataSet(points, precision, size, dim, weights);
  }

  private static int rows(int length, int dim) {
    if (dim < 1) {
      throw new InvalidInputException("dimension: found " + dim + ", allowed: at least 1");
    }
    if (length == 0 || length % dim != 0) {
      throw new InvalidInputException(
          "data set: found " + length + " numbers, allowed: a multiple of the dimension " + dim);
    }
    return length / dim;
  }

  private double[] weightedMean() {
    double[] centre = new double[dim];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < dim; j++) {
        double value = mean(i, j);
        if (!Double.isFinite(value)) {
          throw new InvalidInputException(
              "data set: found " + value + " in row " + i + ", allowed: finite numbers");
        }
        centre[j] += weights == null ? value : weights[i] * value;
      }
    }
    if (weights == null) {
      for (int j = 0; j < dim; j++) {
        centre[j] /= size;
      }
    }
    return centre;
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int components() {
    return size;
  }

  @Override
  public double[] mean() {
    return mean.clone();
  }

  /** Whether every point has the weight 1 / N. */
  public boolean equalWeights() {
    return weights == null;
  }

  @Override
  public double weight(int k) {
    return weights == null ? 1.0 / size : weights[k];
  }

  @Override
  public double mean(int k, int j) {
    long at = (long) k * dim + j;
    return precision == Precision.FLOAT32
        ? points.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at)
        : points.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
  }

  @Override
  public void copyMean(int k, double[] to) {
    long at = (long) k * dim;
    switch (precision) {
      case FLOAT32 -> {
        for (int j = 0; j < dim; j++) {
          to[j] = points.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at + j);
        }
      }
      case FLOAT64 ->
          MemorySegment.copy(
              points, ValueLayout.JAVA_DOUBLE_UNALIGNED, at * Double.BYTES, to, 0, dim);
    }
  }
}
