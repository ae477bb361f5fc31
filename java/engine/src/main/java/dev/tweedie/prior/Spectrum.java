package dev.tweedie.prior;

import java.util.Arrays;

/**
 * The eigendecomposition of every component's covariance, made once and shared by all levels: only
 * the scalars {@code alpha^2 lambda + sigma^2} depend on the level.
 *
 * @param rank number of columns kept: r for low rank, d for full
 * @param values {@code K x rank}, &gt;= 0
 * @param basis {@code K x d x rank}, row-major, orthonormal columns; zero columns where a low rank
 *     factor has singular value zero
 */
public record Spectrum(int rank, double[] values, double[] basis) {
  Spectrum times(double factor) {
    return new Spectrum(rank, Arrays.stream(values).map(value -> value * factor).toArray(), basis);
  }
}
