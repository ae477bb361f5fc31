package dev.tweedie.backend.reference;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Components of covariance {@code c I}; points have c = 0. */
final class IsotropicRows extends ComponentRows {
  private static final int TOGETHER = 32;

  private final double @Nullable [] variances; // null for points
  private final double[] squares;
  private final double[] am;
  private final Some some = new Some();

  IsotropicRows(ComponentPosterior components, double @Nullable [] variances, int rows) {
    super(components, rows);
    this.variances = variances;
    squares = new double[rows];
    am = new double[dim];
  }

  private double variance(int k) {
    return variances == null ? 0 : variances[k];
  }

  @Override
  void logits(int k, double[] x, double[] out, int at) {
    components.prior.copyMean(k, am);
    for (int j = 0; j < dim; j++) {
      am[j] = components.a * am[j];
    }
    Arrays.fill(squares, 0);
    loops.addSquares(x, am, rows, squares);
    double p = components.noisy(variance(k));
    double logWeight = StrictMath.log(components.prior.weight(k));
    double logDet = dim * StrictMath.log(p);
    for (int l = 0; l < rows; l++) {
      out[at + l] = logWeight - 0.5 * (logDet + squares[l] / p);
    }
  }

  @Override
  void means(int k, double[] x, double[] out) {
    double[] m = differences(k, x);
    if (variances == null) {
      for (int j = 0; j < dim; j++) {
        Arrays.fill(out, j * rows, (j + 1) * rows, m[j]);
      }
      return;
    }
    double gain = components.a * variances[k] / components.noisy(variances[k]);
    for (int j = 0; j < dim; j++) {
      affine(z, j * rows, gain, m[j], out, rows);
    }
  }

  @Override
  boolean addMeans(double[] x, double[] responsibilities, double[] to) {
    double[] given = variances;
    if (given == null) {
      addPoints(responsibilities, to);
    } else {
      some.each(
          responsibilities,
          n -> loops.addAffine(x, some.am, some.m, some.factor, n, some.weights, rows, to),
          k -> components.a * given[k] / components.noisy(given[k]));
    }
    return true;
  }

  @Override
  boolean addScores(double[] x, double[] responsibilities, double[] to) {
    some.each(
        responsibilities,
        n -> loops.subtractQuotients(x, some.am, some.factor, n, some.weights, rows, to),
        k -> components.noisy(variance(k)));
    return true;
  }

  /** So many points at a time, which then stay in the cache for all directions. */
  private void addPoints(double[] responsibilities, double[] to) {
    int count = components.prior.components();
    double[] means = new double[Math.min(TOGETHER, count) * dim];
    double[] m = new double[dim];
    for (int first = 0; first < count; first += TOGETHER) {
      int n = Math.min(TOGETHER, count - first);
      for (int k = 0; k < n; k++) {
        components.prior.copyMean(first + k, m);
        System.arraycopy(m, 0, means, k * dim, dim);
      }
      loops.addProducts(means, dim, 1, n, dim, responsibilities, first * rows, rows, to);
    }
  }

  /** Components that weigh in some row, so many at a time, by direction. */
  private final class Some {
    final double[] am = new double[dim * TOGETHER];
    final double[] m = new double[dim * TOGETHER];
    final double[] factor = new double[TOGETHER];
    final double[] weights = new double[TOGETHER * rows];
    private final double[] mean = new double[dim];

    /**
     * @param loop takes how many there are
     * @param factorOf component k
     */
    void each(double[] responsibilities, IntConsumer loop, IntToDoubleFunction factorOf) {
      int n = 0;
      for (int k = 0; k < components.prior.components(); k++) {
        if (weighs(responsibilities, k)) {
          components.prior.copyMean(k, mean);
          for (int j = 0; j < dim; j++) {
            m[j * TOGETHER + n] = mean[j];
            am[j * TOGETHER + n] = components.a * mean[j];
          }
          factor[n] = factorOf.applyAsDouble(k);
          System.arraycopy(responsibilities, k * rows, weights, n * rows, rows);
          n++;
        }
        if (n == TOGETHER) {
          loop.accept(n);
          n = 0;
        }
      }
      loop.accept(n);
    }
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    if (variances == null) {
      Arrays.fill(out, 0);
    } else {
      scale(v, 0, components.spread(variances[k]), out, out.length);
    }
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    divide(v, 0, components.noisy(variance(k)), out, out.length);
  }
}
