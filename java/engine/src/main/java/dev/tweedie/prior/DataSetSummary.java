package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;
import java.io.Serializable;

/**
 * What each shard of a data set must know of the whole, so that its part of a posterior has the
 * bits of one machine with all points: shards of {@link Kind#SHARD} points, in the order of the
 * points, the last one of what is left.
 *
 * <p>It is made in two passes: the sums of the shards, added in their order and divided by the
 * size, are the mean; {@link Squares} about that mean are merged in any order.
 *
 * @param size N, at most 2^31 - 1
 * @param mean d numbers
 * @param squares of all points about the mean
 */
public record DataSetSummary(long size, double[] mean, Squares squares) implements Serializable {
  public DataSetSummary {
    if (size < 1 || size > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "data set: found " + size + " points, allowed: 1 to 2^31 - 1");
    }
    mean = mean.clone();
  }

  @Override
  public double[] mean() {
    return mean.clone();
  }

  /**
   * Squared norms of points as kernels see them: less the mean, in float32.
   *
   * @param first of the first point of all; of other shards' of no meaning
   */
  public record Squares(double least, double largest, double first) implements Serializable {
    /** With those of a later shard. */
    public Squares with(Squares later) {
      return new Squares(Math.min(least, later.least), Math.max(largest, later.largest), first);
    }
  }

  /** The sum of a shard's points in their order, d numbers. */
  public static double[] sum(DataSet shard) {
    return shard.sum(0, shard.components());
  }

  /** The squared norms of a shard's points about the mean of the whole. */
  public static Squares squares(DataSet shard, double[] mean) {
    double[] row = new double[shard.dim()];
    float[] centred = new float[shard.dim()];
    double least = Double.POSITIVE_INFINITY;
    double largest = 0;
    double first = 0;
    for (int k = 0; k < shard.components(); k++) {
      shard.copyMean(k, row);
      for (int j = 0; j < centred.length; j++) {
        centred[j] = (float) (row[j] - (float) mean[j]);
      }
      double square = squaredNorm(centred);
      first = k == 0 ? square : first;
      least = Math.min(least, square);
      largest = Math.max(largest, square);
    }
    return new Squares(least, largest, first);
  }

  /** In float64, in the order of the elements. */
  public static double squaredNorm(float[] row) {
    double sum = 0;
    for (double value : row) {
      sum += value * value;
    }
    return sum;
  }
}
