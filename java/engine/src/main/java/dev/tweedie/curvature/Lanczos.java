package dev.tweedie.curvature;

import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.threads.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Lanczos's iteration for the largest eigenvalue of symmetric operators known by their products
 * alone, one operator a row of a batch. The vectors are kept, and orthogonal, on the host in
 * float64; a row that has converged leaves the batch.
 */
final class Lanczos {
  /** The operators of a batch. */
  interface Operators {
    /** {@code v_i = A_i v_i} for all rows that v has. */
    void times(Samples v);

    /** From now on row {@code to} is what row {@code from} was; to &lt; from. */
    void move(int from, int to);
  }

  private static final int LARGEST = 300;
  private static final long CHUNK = 16;

  private final Workers workers;
  private final Samples vectors;
  private final double tolerance;
  private final double rounding;

  /**
   * @param vectors memory of the rows' vectors
   */
  Lanczos(Workers workers, Samples vectors) {
    this.workers = workers;
    this.vectors = vectors;
    boolean wide = vectors.precision() == Precision.FLOAT64;
    tolerance = wide ? 1e-12 : 0x1p-20;
    rounding = wide ? 0x1p-47 : 0x1p-20;
  }

  /** Vectors kept at most in d dimensions. */
  static int largestSpace(int dim) {
    return Math.min(dim, LARGEST);
  }

  List<TopEigenvalue> run(Operators operators) {
    Row[] all = new Row[(int) vectors.rows()];
    double[] start = start(vectors.dim());
    Arrays.setAll(all, _ -> new Row(start.clone()));
    Row[] active = all.clone();
    int count = active.length;
    while (count > 0) {
      Row[] now = active;
      workers.forEachChunk(count, CHUNK, (begin, n) -> forEach(now, begin, n, false));
      operators.times(vectors.slice(0, count));
      workers.forEachChunk(count, CHUNK, (begin, n) -> forEach(now, begin, n, true));
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (active[i].found == null) {
          if (kept < i) {
            operators.move(i, kept);
          }
          active[kept++] = active[i];
        }
      }
      count = kept;
    }
    return Arrays.stream(all).map(row -> row.found).toList();
  }

  private void forEach(Row[] rows, long begin, long count, boolean multiplied) {
    for (int i = (int) begin; i < begin + count; i++) {
      if (multiplied) {
        rows[i].take(i);
      } else {
        rows[i].give(i);
      }
    }
  }

  /** Random, so that it has a share of every eigenvector; always the same. */
  private static double[] start(int dim) {
    SplittableRandom random = new SplittableRandom(1);
    double[] v = new double[dim];
    Arrays.setAll(v, _ -> random.nextGaussian());
    scale(v, 1 / norm(v));
    return v;
  }

  private final class Row {
    private double[][] basis = new double[4][];
    private final Tridiagonal matrix = new Tridiagonal();
    private double[] next;
    private int size;
    private TopEigenvalue found;

    Row(double[] start) {
      next = start;
    }

    void give(int row) {
      if (size == basis.length) {
        basis = Arrays.copyOf(basis, 2 * size);
      }
      vectors.slice(row, 1).write(next);
      vectors.readRow(row, next); // as rounded, for that is what is multiplied
      basis[size++] = next;
    }

    /** The product back, made orthogonal to the vectors before it. */
    void take(int row) {
      int dim = next.length;
      next = new double[dim];
      vectors.readRow(row, next);
      double diagonal = dot(basis[size - 1], next);
      double before = norm(next);
      if (!Double.isFinite(before)) {
        found = new TopEigenvalue(Double.NaN, Double.NaN, size);
        return;
      }
      orthogonalise();
      double off = norm(next);
      // smaller, the rest is the product's rounding: the space is invariant
      boolean exhausted = size == dim || off <= 0.5 * rounding * before;
      matrix.append(diagonal, exhausted ? 0 : off);
      double value = matrix.largest();
      double overhang = exhausted ? 0 : off * matrix.lastOfVector(value);
      if (exhausted || size == LARGEST || overhang <= tolerance * value) {
        found = new TopEigenvalue(value, overhang + rounding * Math.abs(value), size);
        basis = null;
      } else {
        scale(next, 1 / off);
      }
    }

    /** Twice: one pass leaves what cancelled in it. */
    private void orthogonalise() {
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < size; i++) {
          double share = dot(basis[i], next);
          for (int j = 0; j < next.length; j++) {
            next[j] -= share * basis[i][j];
          }
        }
      }
    }
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int j = 0; j < x.length; j++) {
      sum += x[j] * y[j];
    }
    return sum;
  }

  private static double norm(double[] x) {
    return Math.sqrt(dot(x, x));
  }

  private static void scale(double[] x, double by) {
    for (int j = 0; j < x.length; j++) {
      x[j] *= by;
    }
  }
}
