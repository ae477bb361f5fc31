package dev.tweedie.io;

import dev.tweedie.prior.Circular;
import dev.tweedie.prior.Covariance;

/**
 * Covariances of circular Gaussians, between what a file holds, of dimension d with matrices of
 * complex numbers as two parts each, and the real ones of dimension 2 d.
 */
final class ComplexCovariance {
  private static final double ROOT = Math.sqrt(0.5);

  private ComplexCovariance() {}

  static Covariance toReal(Covariance complex, int components, int dim) {
    int rows = components * dim;
    return switch (complex) {
      case Covariance.Isotropic(double[] variances) ->
          new Covariance.Isotropic(scaled(variances, 0.5));
      case Covariance.Diagonal(double[] variances) -> {
        double[] parts = new double[2 * rows];
        for (int i = 0; i < parts.length; i++) {
          parts[i] = 0.5 * variances[i / 2];
        }
        yield new Covariance.Diagonal(parts);
      }
      case Covariance.LowRank(double[] factors, int rank, double[] floors) ->
          new Covariance.LowRank(
              Circular.embed(factors, rows, rank, ROOT), 2 * rank, scaled(floors, 0.5));
      case Covariance.Full(double[] matrices) ->
          new Covariance.Full(Circular.embed(matrices, rows, dim, 0.5));
    };
  }

  /** What of a real covariance is circular; all of one that {@link #toReal} made. */
  static Covariance ofReal(Covariance real, int components, int dim) {
    int rows = components * dim;
    return switch (real) {
      case Covariance.Isotropic(double[] variances) ->
          new Covariance.Isotropic(scaled(variances, 2));
      case Covariance.Diagonal(double[] parts) -> {
        double[] variances = new double[rows];
        for (int i = 0; i < rows; i++) {
          variances[i] = parts[2 * i] + parts[2 * i + 1];
        }
        yield new Covariance.Diagonal(variances);
      }
      case Covariance.LowRank(double[] factors, int rank, double[] floors) ->
          new Covariance.LowRank(
              Circular.extract(factors, rows, rank / 2, ROOT), rank / 2, scaled(floors, 2));
      case Covariance.Full(double[] matrices) ->
          new Covariance.Full(Circular.extract(matrices, rows, dim, 0.5));
    };
  }

  private static double[] scaled(double[] values, double factor) {
    return java.util.Arrays.stream(values).map(v -> factor * v).toArray();
  }
}
