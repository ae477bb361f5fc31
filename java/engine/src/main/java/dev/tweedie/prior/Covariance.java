package dev.tweedie.prior;

import java.io.Serializable;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The covariances of a mixture's K components in dimension d. Zero and singular ones are legal
 * everywhere: nothing is computed from an inverse of C_k, only of {@code alpha^2 C_k + sigma^2 I}.
 * Immutable: arrays are copied in and out.
 */
public sealed interface Covariance extends Serializable {
  /** Which of the four shapes. */
  default Kind kind() {
    return switch (this) {
      case Isotropic _ -> Kind.ISOTROPIC;
      case Diagonal _ -> Kind.DIAGONAL;
      case LowRank _ -> Kind.LOW_RANK;
      case Full _ -> Kind.FULL;
    };
  }

  /**
   * C_k in full.
   *
   * @param dim d of the means beside it
   * @return {@code d x d}
   */
  default double[] matrix(int k, int dim) {
    double[] out = new double[dim * dim];
    switch (this) {
      case Isotropic c -> addDiagonal(out, dim, _ -> c.variances[k]);
      case Diagonal c -> addDiagonal(out, dim, j -> c.variances[k * dim + j]);
      case Full c -> System.arraycopy(c.matrices, k * dim * dim, out, 0, dim * dim);
      case LowRank c -> {
        double[] factors = c.factors;
        int rank = c.rank;
        for (int at = 0; at < out.length; at++) {
          int row = (k * dim + at / dim) * rank;
          int column = (k * dim + at % dim) * rank;
          for (int r = 0; r < rank; r++) {
            out[at] += factors[row + r] * factors[column + r];
          }
        }
        addDiagonal(out, dim, _ -> c.floor[k]);
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

    @Override
    public double[] variances() {
      return variances.clone();
    }

    /** Number {@code at} of the variances, without a copy of all. */
    public double variance(int at) {
      return variances[at];
    }
  }

  /** {@code C_k = diag(variances[k d .. k d + d))}; the {@code K x d} variances are copied. */
  record Diagonal(double[] variances) implements Covariance {
    public Diagonal {
      variances = variances.clone();
    }

    @Override
    public double[] variances() {
      return variances.clone();
    }

    /** Number {@code at} of the variances, without a copy of all. */
    public double variance(int at) {
      return variances[at];
    }
  }

  /**
   * {@code C_k = F_k F_k' + floor[k] I}.
   *
   * @param factors {@code K x d x rank}, row-major, copied
   * @param rank 1 to d
   * @param floor K variances (tau^2) of the isotropic part, copied
   */
  record LowRank(double[] factors, int rank, double[] floor) implements Covariance {
    public LowRank {
      factors = factors.clone();
      floor = floor.clone();
    }

    @Override
    public double[] factors() {
      return factors.clone();
    }

    @Override
    public double[] floor() {
      return floor.clone();
    }

    /** The floor of component k, without a copy of all. */
    public double floor(int k) {
      return floor[k];
    }
  }

  /**
   * {@code C_k} in full.
   *
   * @param matrices {@code K x d x d}, each symmetric and positive semi-definite, copied
   */
  record Full(double[] matrices) implements Covariance {
    public Full {
      matrices = matrices.clone();
    }

    @Override
    public double[] matrices() {
      return matrices.clone();
    }
  }
}
