package dev.tweedie.curvature;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Lanczos's iteration for the largest eigenvalue of symmetric operators known by their products
 * alone, one operator a row of a batch. The vectors are kept, and orthogonal, on the host in
 * float64; a row that has converged leaves the batch.
 *
 * <p>A small residual says that an eigenvalue is near, not that it is the largest: the eigenvector
 * of a larger one may have had next to no share of the start. So a row goes on until the
 * Christoffel function of its recurrence, which bounds that share from above, has come down to what
 * a random start falls below once in {@value #ODDS} times, or until products have no more digits to
 * tell; {@link TopEigenvalue#missed} is what is then left.
 */
final class Lanczos {
  /** The operators of a batch. */
  interface Operators {
    /** {@code v_i = A_i v_i} for all rows that v has. */
    void times(Samples v);

    /** From now on row {@code to} is what row {@code from} was; to &lt; from. */
    void move(int from, int to);

    /** Seeds the random start of row i: the same for the same operator. */
    default long seed(int i) {
      return 1;
    }

    /** The axis along which operator i is largest, or -1 where that is not known. */
    default int axis(int i) {
      return -1;
    }
  }

  private static final int LARGEST = 300;
  private static final int ODDS = 1000;
  private static final long CHUNK = 16;

  private final Engine engine;
  private final Samples vectors;
  private final double tolerance;
  private final double rounding;

  /** The rounding of a product, of its norm: what is orthogonal and no larger says nothing. */
  private final double noise;

  /**
   * @param vectors memory of the rows' vectors
   */
  Lanczos(Engine engine, Samples vectors) {
    this.engine = engine;
    this.vectors = vectors;
    boolean wide = vectors.precision() == Precision.FLOAT64;
    tolerance = wide ? 1e-12 : 0x1p-20;
    rounding = wide ? 0x1p-47 : 0x1p-20;
    noise = wide ? 0x1p-49 : 0x1p-22;
  }

  /** Vectors kept at most in d dimensions. */
  static int largestSpace(int dim) {
    return Math.min(dim, LARGEST);
  }

  List<TopEigenvalue> run(Operators operators) {
    Row[] all = new Row[(int) vectors.rows()];
    Arrays.setAll(all, i -> new Row(start(vectors.dim(), operators.seed(i), operators.axis(i))));
    Row[] active = all.clone();
    int count = active.length;
    while (count > 0) {
      Row[] now = active;
      engine.forEachChunk(count, CHUNK, (begin, n) -> forEach(now, begin, n, false));
      operators.times(vectors.slice(0, count));
      engine.forEachChunk(count, CHUNK, (begin, n) -> forEach(now, begin, n, true));
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

  /**
   * Random, so that it has a share of every eigenvector; and half of it the largest axis, so that
   * one direction that stands out by itself has half of it, however little it stands out.
   */
  private static double[] start(int dim, long seed, int axis) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] v = new double[dim];
    Arrays.setAll(v, _ -> random.nextGaussian());
    scale(v, 1 / norm(v));
    if (axis >= 0 && dim > 1) { // one dimension has but one direction, and -1 + 1 is none
      v[axis] += 1;
      scale(v, 1 / norm(v));
    }
    return v;
  }

  /**
   * The squared share of a vector that a start has but once in {@value #ODDS} times. Of a normal
   * vector g of d dimensions, whatever is added to it, a share within t of 0 has a probability of
   * at most {@code t sqrt(2 / pi)}; the start is g over at most 2 sqrt(d).
   */
  private static double leastShare(int dim) {
    double share = Math.sqrt(Math.PI / 2) / ODDS / (2 * Math.sqrt(dim));
    return share * share;
  }

  private final class Row {
    private double[][] basis = new double[4][];
    private final Tridiagonal matrix = new Tridiagonal();
    private double[] next;
    private int size;
    private @Nullable TopEigenvalue found;

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
        found = new TopEigenvalue(Double.NaN, Double.NaN, Double.NaN, size);
        return;
      }
      orthogonalise();
      double off = norm(next);
      // smaller, the rest is the product's rounding: the space is invariant
      boolean whole = size == dim;
      boolean exhausted = whole || off <= noise * before;
      matrix.append(diagonal, exhausted ? 0 : off);
      double value = matrix.largest();
      double overhang = exhausted ? 0 : off * matrix.lastOfVector(value);
      boolean done = exhausted || size == LARGEST || overhang <= noise * value;
      double missed = 0;
      if (!whole && (done || overhang <= tolerance * value)) {
        double rest = Math.max(off, noise * before);
        missed = matrix.above(value, rest, leastShare(dim)) - value;
        done |= missed <= tolerance * value;
      }
      if (done) {
        found = new TopEigenvalue(value, overhang + rounding * Math.abs(value), missed, size);
        basis = new double[0][]; // nobody asks for it any more
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
