package dev.tweedie.curvature;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

/**
 * Lanczos's iteration for the largest eigenvalue of a symmetric operator known by its products
 * alone, with all vectors kept orthogonal: they are few, and without it found values come back.
 */
final class Lanczos {
  /** {@code out = A v}. */
  @FunctionalInterface
  interface Operator {
    void times(double[] v, double[] out);
  }

  /** Residual at which the iteration stops, relative to the value. */
  static final double TOLERANCE = 1e-12;

  /** Under this share of the value the next vector is rounding: the space is invariant. */
  private static final double EXHAUSTED = 1e-14;

  private static final int LARGEST = 300;

  private Lanczos() {}

  static TopEigenvalue largest(Operator operator, int dim) {
    int steps = Math.min(dim, LARGEST);
    double[][] basis = new double[steps][];
    double[] diagonal = new double[steps];
    double[] off = new double[steps];
    double[] next = start(dim);
    for (int m = 0; ; m++) {
      basis[m] = next;
      next = new double[dim];
      operator.times(basis[m], next);
      diagonal[m] = dot(basis[m], next);
      double before = norm(next);
      orthogonalise(next, basis, m + 1);
      off[m] = norm(next);
      boolean exhausted = m + 1 == dim || off[m] <= EXHAUSTED * before;
      if (exhausted) {
        off[m] = 0;
      }
      TopEigenvalue found = ritz(diagonal, off, m + 1);
      if (exhausted || m + 1 == steps || found.residual() <= TOLERANCE * found.value()) {
        return found;
      }
      scale(next, 1 / off[m]);
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

  /** Twice: one pass leaves what cancelled in it. */
  private static void orthogonalise(double[] v, double[][] basis, int count) {
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < count; i++) {
        double share = dot(basis[i], v);
        for (int j = 0; j < v.length; j++) {
          v[j] -= share * basis[i][j];
        }
      }
    }
  }

  /** Largest eigenvalue of the tridiagonal matrix; the residual is the last row's overhang. */
  private static TopEigenvalue ritz(double[] diagonal, double[] off, int size) {
    if (size == 1) {
      return new TopEigenvalue(diagonal[0], off[0], 1);
    }
    var matrix = new DMatrixRMaj(size, size);
    for (int i = 0; i < size; i++) {
      matrix.set(i, i, diagonal[i]);
      if (i + 1 < size) {
        matrix.set(i, i + 1, off[i]);
        matrix.set(i + 1, i, off[i]);
      }
    }
    var eigen = DecompositionFactory_DDRM.eig(size, true, true);
    if (!eigen.decompose(matrix)) {
      throw new IllegalStateException("a symmetric tridiagonal eigenproblem does not converge");
    }
    int top = 0;
    for (int i = 1; i < size; i++) {
      if (eigen.getEigenvalue(i).getReal() > eigen.getEigenvalue(top).getReal()) {
        top = i;
      }
    }
    double last = Math.abs(eigen.getEigenVector(top).get(size - 1));
    return new TopEigenvalue(eigen.getEigenvalue(top).getReal(), off[size - 1] * last, size);
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
