package dev.tweedie.prior;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The covariances of a mixture's K components in dimension d. Zero and singular ones are legal
 * everywhere: nothing is computed from an inverse of C_k, only of {@code alpha^2 C_k + sigma^2 I}.
 */
public sealed interface Covariance {
  /**
   * C_k in full.
   *
   * @param dim d of the means beside it
   * @return {@code d x d}
   */
  default double[] matrix(int k, int dim) {
    double[] out = new double[dim * dim];
    switch (this) {
      case Isotropic(double[] variances) -> addDiagonal(out, dim, _ -> variances[k]);
      case Diagonal(double[] variances) -> addDiagonal(out, dim, j -> variances[k * dim + j]);
      case Full(double[] matrices) -> System.arraycopy(matrices, k * dim * dim, out, 0, dim * dim);
      case LowRank(double[] factors, int rank, double[] floor) -> {
        for (int at = 0; at < out.length; at++) {
          int row = (k * dim + at / dim) * rank;
          int column = (k * dim + at % dim) * rank;
          for (int r = 0; r < rank; r++) {
            out[at] += factors[row + r] * factors[column + r];
          }
        }
        addDiagonal(out, dim, _ -> floor[k]);
      }
    }
    return out;
  }

  private static void addDiagonal(double[] matrix, int dim, IntToDoubleFunction variance) {
    for (int j = 0; j < dim; j++) {
      matrix[j * dim + j] += variance.applyAsDouble(j);
    }
  }

  /** Every {@code C_k} times {@code factor}, &gt;= 0. */
  default Covariance times(double factor) {
    return switch (this) {
      case Isotropic(double[] variances) -> new Isotropic(scaled(variances, factor));
      case Diagonal(double[] variances) -> new Diagonal(scaled(variances, factor));
      case Full(double[] matrices) -> new Full(scaled(matrices, factor));
      case LowRank(double[] factors, int rank, double[] floor) ->
          new LowRank(scaled(factors, Math.sqrt(factor)), rank, scaled(floor, factor));
    };
  }

  private static double[] scaled(double[] values, double factor) {
    return Arrays.stream(values).map(value -> value * factor).toArray();
  }

  /** {@code C_k = variances[k] I}; the K variances are copied. */
  record Isotropic(double[] variances) implements Covariance {
    public Isotropic {
      variances = variances.clone();
    }
  }

  /** {@code C_k = diag(variances[k d .. k d + d))}; the {@code K x d} variances are copied. */
  record Diagonal(double[] variances) implements Covariance {
    public Diagonal {
      variances = variances.clone();
    }
  }

  /**
   * {@code C_k = F_k F_k' + floor[k] I}.
   *
   * @param factors {@code K x d x rank}, row-major; not copied, read when a mixture is made
   * @param rank 1 to d
   * @param floor K variances (tau^2) of the isotropic part, copied
   */
  record LowRank(double[] factors, int rank, double[] floor) implements Covariance {
    public LowRank {
      floor = floor.clone();
    }
  }

  /**
   * {@code C_k} in full.
   *
   * @param matrices {@code K x d x d}, each symmetric and positive semi-definite; not copied, read
   *     when a mixture is made
   */
  record Full(double[] matrices) implements Covariance {}
}
