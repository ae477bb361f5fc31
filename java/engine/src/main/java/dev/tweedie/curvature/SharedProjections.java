package dev.tweedie.curvature;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import java.lang.foreign.MemorySegment;

/**
 * Localisations of components {@code N(m_k, c I)} with one c, at {@code r x + z} for many r and the
 * same draws x and z. Since {@code |r x + z - r m|^2 = r^2 |x - m|^2 + 2 r z'(x - m) + |z|^2}, all
 * that a level needs of them are X M' and Z M', made once (mathematics, section 6). With the
 * responsibilities w at hand, a product with the covariance {@code c / p + Cov_w(m) / p^2}, {@code
 * p = r^2 c + 1}, is two matrix products instead of two passes over all components with their
 * logits.
 *
 * <p>Products lose digits where r is large; {@link #accurate} says where not.
 */
final class SharedProjections {
  /** Error of a logit, and by it the share of L, that draws hide: their own is 1 / sqrt(n). */
  private static final double LOGIT_ERROR = 0x1p-10;

  /** Numbers of a matrix of rows times components. */
  private static final int ELEMENTS = 1 << 22;

  private static final int MOST_ROWS = 1024;

  /**
   * Ten levels took 0.28 to 0.17 times as long as by {@code covarianceTimes} at d = 784, 0.55 at
   * 64, 0.6 to 0.4 at 16, but 0.9 to 1.1 at 2 (cpu:avx512, one thread, 1,000 and 2,000 points, on a
   * busy machine).
   */
  private static final int LEAST_DIM = 8;

  private static final long CHUNK = 16;

  private final Engine engine;
  private final int dim;
  private final int count;
  private final double variance;
  private final double[] centre;
  private final double[] logWeights;
  private final double[] squares;
  private final double reach;
  private final Samples means; // and a column of ones
  private final Samples columns; // transposed
  private final Samples x;
  private final Samples ofX;
  private final Samples ofZ;
  private final Samples weights;
  private final Samples products;
  private final Samples sums; // weighted with w, and what w adds up to
  private final Samples backwards;
  private final Samples vectors;
  private int rows;
  private double errorOfX;
  private double errorOfZ;

  SharedProjections(Engine engine, Prior prior) {
    this.engine = engine;
    dim = prior.dim();
    count = prior.components();
    variance = variance(prior);
    centre = prior.mean();
    logWeights = new double[count];
    squares = new double[count];
    means = engine.samples(count, dim + 1);
    columns = engine.samples(dim, count);
    double[] row = new double[dim];
    double largest = 0;
    for (int k = 0; k < count; k++) {
      prior.copyMean(k, row);
      logWeights[k] = StrictMath.log(prior.weight(k));
      for (int j = 0; j < dim; j++) {
        means.set(k, j, row[j] - centre[j]);
        columns.set(j, k, row[j] - centre[j]);
        squares[k] += means.get(k, j) * means.get(k, j);
      }
      means.set(k, dim, 1);
      largest = Math.max(largest, squares[k]);
    }
    reach = Math.sqrt(largest);
    int most = mostRows();
    x = engine.samples(most, dim);
    ofX = engine.samples(most, count);
    ofZ = engine.samples(most, count);
    weights = engine.samples(most, count);
    products = engine.samples(most, count);
    sums = engine.samples(most, dim + 1);
    backwards = engine.samples(most, dim + 1);
    vectors = engine.samples(most, dim);
  }

  /**
   * Whether the prior has one variance for all components, the backend float32 products, and the
   * dimension work enough for them.
   */
  static boolean fit(Engine engine, Prior prior) {
    return engine.backend().device().isEmpty() // its weights are made on the host
        && engine.backend().precision() == Precision.FLOAT32
        && prior.dim() >= LEAST_DIM
        && variance(prior) >= 0;
  }

  private static double variance(Prior prior) {
    if (prior instanceof DataSet) {
      return 0;
    }
    if (prior instanceof GaussianMixture mixture
        && mixture.covariance() instanceof Covariance.Isotropic(double[] variances)) {
      for (double variance : variances) {
        if (variance != variances[0]) {
          return -1;
        }
      }
      return variances[0];
    }
    return -1;
  }

  /** Rows that {@link #load} takes. */
  int mostRows() {
    return Math.clamp(ELEMENTS / count, 1, MOST_ROWS);
  }

  /** Takes draws; both of at most {@link #mostRows} rows. */
  void load(Samples draws, Samples z) {
    rows = (int) draws.rows();
    double largest = 0;
    double largestNoise = 0;
    for (int i = 0; i < rows; i++) {
      double norm = 0;
      double noise = 0;
      for (int j = 0; j < dim; j++) {
        x.set(i, j, draws.get(i, j) - centre[j]);
        norm += x.get(i, j) * x.get(i, j);
        noise += z.get(i, j) * z.get(i, j);
      }
      largest = Math.max(largest, norm);
      largestNoise = Math.max(largestNoise, noise);
    }
    // as the bound of a row's logits in tweedie.h
    double error = (8 + 2 * Math.sqrt(dim)) * 0x1p-24 * reach;
    errorOfX = error * Math.sqrt(largest);
    errorOfZ = error * Math.sqrt(largestNoise);
    engine.backend().gemm(x.slice(0, rows), columns, ofX.slice(0, rows));
    engine.backend().gemm(z, columns, ofZ.slice(0, rows));
  }

  /** Whether the logits of the loaded rows are good enough at this r. */
  boolean accurate(double ratio) {
    double p = ratio * ratio * variance + 1;
    return (ratio * ratio * errorOfX + ratio * errorOfZ) / p <= LOGIT_ERROR;
  }

  /** Writes L_r of the loaded rows to {@code out}, from {@code at} on. */
  void localisations(double ratio, double[] out, int at) {
    double p = ratio * ratio * variance + 1;
    weigh(ratio, p);
    engine.backend().gemm(weights.slice(0, rows), means, sums.slice(0, rows));
    for (TopEigenvalue top :
        new Lanczos(engine, vectors.slice(0, rows)).run(new Scatter(1 / (p * p)))) {
      out[at++] = ratio * ratio * (variance / p + top.value());
    }
  }

  /** Responsibilities of the components, but for their sum: the largest is 1. */
  private void weigh(double ratio, double p) {
    double[] bias = new double[count];
    for (int k = 0; k < count; k++) {
      bias[k] = logWeights[k] - 0.5 * ratio * ratio * squares[k] / p;
    }
    double scaleX = ratio * ratio / p;
    double scaleZ = ratio / p;
    MemorySegment draws = ofX.segment();
    MemorySegment noise = ofZ.segment();
    MemorySegment out = weights.segment();
    engine.forEachChunk(
        rows,
        CHUNK,
        (begin, n) -> {
          double[] logits = new double[count];
          for (long at = begin * count; at < (begin + n) * count; at += count) {
            for (int k = 0; k < count; k++) {
              double fromX = draws.getAtIndex(JAVA_FLOAT, at + k);
              double fromZ = noise.getAtIndex(JAVA_FLOAT, at + k);
              logits[k] = bias[k] + scaleX * fromX + scaleZ * fromZ;
            }
            double top = Double.NEGATIVE_INFINITY;
            for (double logit : logits) {
              top = Math.max(top, logit);
            }
            for (int k = 0; k < count; k++) {
              out.setAtIndex(JAVA_FLOAT, at + k, (float) (logits[k] - top));
            }
          }
        });
    Samples used = weights.slice(0, rows);
    engine.backend().apply(Backend.Function.EXP, used, used);
  }

  /** {@code scale sum w (m - mean)(m - mean)'}. */
  private final class Scatter implements Lanczos.Operators {
    private final double scale;

    Scatter(double scale) {
      this.scale = scale;
    }

    @Override
    public void times(Samples v) {
      Samples along = products.slice(0, v.rows());
      Samples back = backwards.slice(0, v.rows());
      engine.backend().gemm(v, columns, along);
      engine.forEachChunk(v.rows(), CHUNK, (begin, n) -> weighProducts(v, begin, n));
      engine.backend().gemm(along, means, back);
      for (int i = 0; i < v.rows(); i++) {
        double mass = sums.get(i, dim);
        double rest = back.get(i, dim) / mass;
        for (int j = 0; j < dim; j++) {
          v.set(i, j, scale / mass * (back.get(i, j) - rest * sums.get(i, j)));
        }
      }
    }

    /** {@code products_k = w_k (m_k - mean)'v}. */
    private void weighProducts(Samples v, long first, long n) {
      MemorySegment w = weights.segment();
      MemorySegment along = products.segment();
      for (long row = first; row < first + n; row++) {
        double dot = 0;
        for (int j = 0; j < dim; j++) {
          dot += sums.get(row, j) * v.get(row, j);
        }
        float middle = (float) (dot / sums.get(row, dim));
        long at = row * count;
        for (int k = 0; k < count; k++) {
          float distance = along.getAtIndex(JAVA_FLOAT, at + k) - middle;
          along.setAtIndex(JAVA_FLOAT, at + k, w.getAtIndex(JAVA_FLOAT, at + k) * distance);
        }
      }
    }

    @Override
    public void move(int from, int to) {
      Curvature.copyRow(weights, from, weights, to);
      Curvature.copyRow(sums, from, sums, to);
    }
  }
}
