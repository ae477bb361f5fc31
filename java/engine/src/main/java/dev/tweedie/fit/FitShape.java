package dev.tweedie.fit;

import dev.tweedie.InvalidInputException;
import java.io.Serializable;

/**
 * What every pass knows of all rows.
 *
 * @param size N
 * @param weight of all rows: N where each counts once
 * @param mean of the rows, d
 * @param variance of an element, about the mean
 */
record FitShape(long size, double weight, int dim, double[] mean, double variance)
    implements Serializable {
  static FitShape of(FitRows rows) {
    int dim = rows.dim();
    double[][] sums = rows.sum(memory -> run -> sums(run, dim));
    double weight = sums[1][0];
    if (!(weight > 0) || Double.isInfinite(weight)) {
      throw new InvalidInputException(
          "weights: found a sum of " + weight + ", allowed: finite and > 0");
    }
    double[] mean = scaled(sums[0], weight);
    double[] squares = scaled(rows.sum(memory -> run -> squares(run, mean))[0], weight);
    double total = 0;
    for (double square : squares) {
      total += square;
    }
    return new FitShape(rows.size(), weight, dim, mean, total / dim);
  }

  private static double[] scaled(double[] sums, double weight) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] /= weight;
    }
    return sums;
  }

  private static double[][] sums(Run run, int dim) {
    double[] sums = new double[dim];
    double weight = 0;
    for (int i = 0; i < run.count; i++) {
      weight += run.weight(i);
    }
    double[] x = run.x();
    run.forEachColumns(
        dim,
        (begin, end) -> {
          for (int i = 0; i < run.count; i++) {
            double own = run.weight(i);
            for (int j = begin; j < end; j++) {
              sums[j] += own * x[i * dim + j];
            }
          }
        });
    return new double[][] {sums, {weight}};
  }

  private static double[][] squares(Run run, double[] mean) {
    int dim = mean.length;
    double[] squares = new double[dim];
    double[] x = run.x();
    run.forEachColumns(
        dim,
        (begin, end) -> {
          for (int i = 0; i < run.count; i++) {
            for (int j = begin; j < end; j++) {
              double gap = x[i * dim + j] - mean[j];
              squares[j] += run.weight(i) * (gap * gap);
            }
          }
        });
    return new double[][] {squares};
  }
}
