package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;

/** What makes covariances usable, short of the eigenvalues that {@link Spectra} checks. */
final class CovarianceChecks {
  private CovarianceChecks() {}

  static void check(Covariance covariance, int components, int dim) {
    long k = components;
    switch (covariance) {
      case Covariance.Isotropic(double[] variances) -> {
        size("covariances", variances, k);
        notNegative("covariances", variances);
      }
      case Covariance.Diagonal(double[] variances) -> {
        size("covariances", variances, k * dim);
        notNegative("covariances", variances);
      }
      case Covariance.LowRank(double[] factors, int rank, double[] floor) -> {
        if (rank < 1 || rank > dim) {
          throw new InvalidInputException(
              "factors: found rank " + rank + ", allowed: 1 to the dimension " + dim);
        }
        size("factors", factors, k * dim * rank);
        finite("factors", factors);
        size("covariances", floor, k);
        notNegative("covariances", floor);
      }
      case Covariance.Full(double[] matrices) -> {
        size("covariances", matrices, k * dim * dim);
        finite("covariances", matrices);
        symmetric(matrices, components, dim);
      }
    }
  }

  static void size(String name, double[] values, long expected) {
    if (expected > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          name + ": these are " + expected + " numbers, allowed: at most " + Integer.MAX_VALUE);
    }
    if (values.length != expected) {
      throw new InvalidInputException(
          name + ": found " + values.length + " numbers, allowed: " + expected);
    }
  }

  static void finite(String name, double[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new InvalidInputException(
            name + "[" + i + "]: found " + values[i] + ", allowed: finite numbers");
      }
    }
  }

  private static void notNegative(String name, double[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] >= 0) || Double.isInfinite(values[i])) {
        throw new InvalidInputException(
            name + "[" + i + "]: found " + values[i] + ", allowed: finite and >= 0");
      }
    }
  }

  /** Files often carry float32 rounding, so an asymmetry of 1e-5 of the diagonal's scale passes. */
  private static void symmetric(double[] matrices, int components, int dim) {
    for (int k = 0; k < components; k++) {
      int at = k * dim * dim;
      double scale = 0;
      for (int i = 0; i < dim; i++) {
        scale = Math.max(scale, Math.abs(matrices[at + i * dim + i]));
      }
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < i; j++) {
          double lower = matrices[at + i * dim + j];
          double upper = matrices[at + j * dim + i];
          if (Math.abs(lower - upper) > 1e-5 * scale) {
            throw new InvalidInputException(
                String.format(
                    "covariances[%d]: found %s at (%d, %d) and %s at (%d, %d), allowed: symmetric",
                    k, lower, i, j, upper, j, i));
          }
        }
      }
    }
  }
}
