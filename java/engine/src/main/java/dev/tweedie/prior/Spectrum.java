package dev.tweedie.prior;

import java.util.Arrays;

/**
 * The eigendecomposition of every component's covariance, made once and shared by all levels: only
 * the scalars {@code alpha^2 lambda + sigma^2} depend on the level. Immutable: arrays are copied in
 * and out.
 *
 * @param rank number of columns kept: r for low rank, d for full
 * @param values {@code K x rank}, &gt;= 0
 * @param basis {@code K x d x rank}, row-major, orthonormal columns; zero columns where a low rank
 *     factor has singular value zero
 */
public record Spectrum(int rank, double[] values, double[] basis) {
  public Spectrum {
    values = values.clone();
    basis = basis.clone();
  }

  @Override
  public double[] values() {
    return values.clone();
  }

  @Override
  public double[] basis() {
    return basis.clone();
  }

  /** Number {@code at} of the values, without a copy of all. */
  public double value(int at) {
    return values[at];
  }

  /** Number {@code at} of the basis, without a copy of all. */
  public double element(int at) {
    return basis[at];
  }

  /** Fills {@code to} with the numbers of the basis from {@code at} on. */
  public void copyBasis(int at, double[] to) {
    System.arraycopy(basis, at, to, 0, to.length);
  }

  Spectrum times(double factor) {
    return new Spectrum(rank, Arrays.stream(values).map(value -> value * factor).toArray(), basis);
  }
}
