package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.jspecify.annotations.Nullable;

/** Eigendecompositions of a mixture's covariances, component by component. */
final class Spectra {
  /** Rounding in files and in the decomposition; below this share of the largest it is an error. */
  private static final double NEGATIVE = -1e-5;

  private Spectra() {}

  /** Null where every covariance is diagonal. */
  static @Nullable Spectrum of(Covariance covariance, int components, int dim) {
    return switch (covariance) {
      case Covariance.Full(double[] matrices) -> full(matrices, components, dim);
      case Covariance.LowRank(double[] factors, int rank, double[] floor) ->
          lowRank(factors, rank, components, dim);
      case Covariance.Isotropic _, Covariance.Diagonal _ -> null;
    };
  }

  private static Spectrum full(double[] matrices, int components, int dim) {
    double[] values = new double[components * dim];
    double[] basis = new double[components * dim * dim];
    IntStream.range(0, components)
        .parallel()
        .forEach(k -> fullComponent(matrices, dim, k, values, basis));
    return new Spectrum(dim, values, basis);
  }

  private static void fullComponent(
      double[] matrices, int dim, int k, double[] values, double[] basis) {
    int at = k * dim * dim;
    var matrix = new DMatrixRMaj(dim, dim);
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < dim; j++) {
        matrix.set(i, j, 0.5 * (matrices[at + i * dim + j] + matrices[at + j * dim + i]));
      }
    }
    var eigen = DecompositionFactory_DDRM.eig(dim, true, true);
    if (!eigen.decompose(matrix)) {
      throw new InvalidInputException(
          "covariances[" + k + "]: the eigendecomposition does not converge");
    }
    double largest = 0;
    double smallest = 0;
    for (int e = 0; e < dim; e++) {
      double value = eigen.getEigenvalue(e).getReal();
      largest = Math.max(largest, value);
      smallest = Math.min(smallest, value);
      values[k * dim + e] = Math.max(value, 0);
      DMatrixRMaj vector = eigen.getEigenVector(e);
      for (int j = 0; j < dim; j++) {
        basis[at + j * dim + e] = vector.get(j);
      }
    }
    if (smallest < NEGATIVE * largest) {
      throw new InvalidInputException(
          "covariances[" + k + "]: found eigenvalue " + smallest + ", allowed: >= 0");
    }
  }

  private static Spectrum lowRank(double[] factors, int rank, int components, int dim) {
    double[] values = new double[components * rank];
    double[] basis = new double[components * dim * rank];
    IntStream.range(0, components)
        .parallel()
        .forEach(k -> lowRankComponent(factors, rank, dim, k, values, basis));
    return new Spectrum(rank, values, basis);
  }

  /** Left singular vectors of the factor; a direction of singular value zero gets a zero column. */
  private static void lowRankComponent(
      double[] factors, int rank, int dim, int k, double[] values, double[] basis) {
    int at = k * dim * rank;
    var factor = new DMatrixRMaj(dim, rank);
    System.arraycopy(factors, at, factor.data, 0, dim * rank);
    var svd = DecompositionFactory_DDRM.svd(dim, rank, true, false, true);
    if (!svd.decompose(factor)) {
      throw new InvalidInputException(
          "factors[" + k + "]: the singular value decomposition does not converge");
    }
    DMatrixRMaj u = svd.getU(null, false);
    double[] singular = svd.getSingularValues();
    for (int e = 0; e < rank; e++) {
      values[k * rank + e] = singular[e] * singular[e];
      for (int j = 0; j < dim; j++) {
        basis[at + j * rank + e] = singular[e] > 0 ? u.get(j, e) : 0;
      }
    }
  }
}
