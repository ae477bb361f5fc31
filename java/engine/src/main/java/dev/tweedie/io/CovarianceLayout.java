package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.nio.file.Path;

/**
 * How an array holds the covariances of K components of dimension d, as scikit-learn keeps them.
 */
enum CovarianceLayout {
  /** (K): a variance for each component. */
  SPHERICAL("spherical", "(K,)"),
  /** (K, d): variances. */
  DIAGONAL("diag", "(K, d)"),
  /** (d, d): one matrix for all components. */
  TIED("tied", "(d, d)"),
  /** (K, d, d): a matrix for each. */
  FULL("full", "(K, d, d)");

  private static final String ALLOWED =
      "%s isotropic, %s diagonal, %s full or %s tied, as means say";

  private final String name;
  private final String axes;

  CovarianceLayout(String name, String axes) {
    this.name = name;
    this.axes = axes;
  }

  private String shape(long k, long dim) {
    return switch (this) {
      case SPHERICAL -> Shape.text(k);
      case DIAGONAL -> Shape.text(k, dim);
      case TIED -> Shape.text(dim, dim);
      case FULL -> Shape.text(k, dim, dim);
    };
  }

  /**
   * The layout that the file names, else the one that shape and numbers leave.
   *
   * @param type scikit-learn's covariance_type, or empty
   * @throws InvalidInputException if the shape is of none, not of the named one, or of two
   */
  static CovarianceLayout of(Path path, String type, NdArray covariances, long k, long dim) {
    String shape = Shape.text(covariances.shape());
    if (!type.isEmpty()) {
      CovarianceLayout named = named(path, type);
      if (!shape.equals(named.shape(k, dim))) {
        throw new InvalidInputException(
            "%s: 'covariances' has the shape %s; allowed: %s, %s, as covariance_type '%s' says"
                .formatted(path, shape, named.shape(k, dim), named.axes, type));
      }
      return named;
    }
    if (shape.equals(TIED.shape(k, dim)) && k == dim && k > 1) {
      return tiedOrDiagonal(path, covariances, (int) dim);
    }
    for (CovarianceLayout layout : values()) {
      if (shape.equals(layout.shape(k, dim))) {
        return layout;
      }
    }
    throw new InvalidInputException(
        "%s: 'covariances' has the shape %s; allowed: %s"
            .formatted(
                path,
                shape,
                ALLOWED.formatted(
                    SPHERICAL.shape(k, dim),
                    DIAGONAL.shape(k, dim),
                    FULL.shape(k, dim),
                    TIED.shape(k, dim))));
  }

  private static CovarianceLayout named(Path path, String type) {
    for (CovarianceLayout layout : values()) {
      if (layout.name.equals(type)) {
        return layout;
      }
    }
    throw new InvalidInputException(
        "%s: covariance_type '%s'; allowed: spherical, diag, tied, full"
            .formatted(path, type.replaceAll("\\p{Cntrl}", "?")));
  }

  /**
   * As many components as dimensions: only the numbers can tell. A matrix is symmetric, variances
   * are not below 0, and what is symmetric but not positive definite is no covariance matrix that
   * was fitted.
   */
  private static CovarianceLayout tiedOrDiagonal(Path path, NdArray covariances, int dim) {
    double[] numbers =
        (covariances.type().isComplex() ? covariances.parts() : covariances).toDoubles();
    if (covariances.type().isComplex()) {
      return TIED; // variances are real
    }
    boolean negative = false;
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < dim; j++) {
        if (numbers[i * dim + j] != numbers[j * dim + i]) {
          return DIAGONAL;
        }
        negative |= numbers[i * dim + j] < 0;
      }
    }
    if (negative) {
      return TIED;
    }
    if (!isPositiveDefinite(numbers, dim)) {
      return DIAGONAL;
    }
    throw new InvalidInputException(
        "%s: 'covariances' of shape %s are the variances of %d components or one matrix for all;"
                .formatted(path, Shape.text(covariances.shape()), dim)
            + " allowed: with an array covariance_type that says 'diag' or 'tied'");
  }

  /** Whether a symmetric matrix has a Cholesky factor. */
  private static boolean isPositiveDefinite(double[] matrix, int dim) {
    double[] factor = matrix.clone();
    for (int j = 0; j < dim; j++) {
      for (int k = 0; k < j; k++) {
        for (int i = j; i < dim; i++) {
          factor[i * dim + j] -= factor[i * dim + k] * factor[j * dim + k];
        }
      }
      double pivot = factor[j * dim + j];
      if (!(pivot > 1e-12 * Math.abs(matrix[j * dim + j]))) { // rounding of what is exactly 0
        return false;
      }
      for (int i = j; i < dim; i++) {
        factor[i * dim + j] /= Math.sqrt(pivot);
      }
    }
    return true;
  }
}
