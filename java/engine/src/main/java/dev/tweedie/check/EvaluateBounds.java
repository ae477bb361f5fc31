package dev.tweedie.check;

import dev.tweedie.backend.Coarseness;

/** How far a float32 posterior may be from the float64 one. */
final class EvaluateBounds {
  private static final double EPS = 0x1p-24;

  private EvaluateBounds() {}

  static double of(CheckCase check, Coarseness backend, String output, double[] reference) {
    if (check.input().equals("huge")) {
      return Double.POSITIVE_INFINITY;
    }
    double radius = radius(check);
    double range = isPixels(check) ? 1 : radius;
    Coarseness coarse = isCoarse(check, backend) ? backend : Coarseness.NONE;
    double logit = logit(check) + coarse.logit();
    double weight = Math.expm1(2 * logit);
    double share = weight + coarse.share();
    double s2 = check.sigma() * check.sigma();
    double mean = share * range + 32 * EPS * radius;
    return switch (output) {
      case "evidence" -> logit + 4 * EPS * Inputs.largest(reference);
      case "mean" -> mean;
      case "score" -> (check.alpha() * mean + 4 * EPS * radius) / s2;
      case "trace" -> (share * range * range + 32 * EPS * radius * radius) * check.dim();
      case "diagonal" -> share * range * range + 32 * EPS * radius * radius;
      case "responsibilities" -> weight + 4 * EPS;
      default -> throw new IllegalArgumentException(output);
    };
  }

  /** d elements of the covariance, each with its diagonal's bound, times numbers of at most 5. */
  static double covarianceTimes(CheckCase check, Coarseness coarse) {
    return check.input().equals("longvectors")
        ? Double.POSITIVE_INFINITY
        : 5 * of(check, coarse, "trace", null);
  }

  /**
   * As {@link #of}, where beside components levels share a row, up to ten times the case's sigma.
   * Far out their logits, d r^2 / 2 for rows r of the largest sigma away, lose all digits of their
   * differences: a mass, and the level it speaks for, may then be any.
   */
  static double blind(CheckCase check, String output, double[] reference) {
    if (check.input().equals("huge")) {
      return Double.POSITIVE_INFINITY;
    }
    boolean far = check.input().equals("far");
    double r = radius(check) / (10 * check.sigma());
    double logit = 2 * logit(check) + (far ? EPS * check.dim() * r * r : 0);
    return switch (output) {
      case "levels" -> far ? 1 : 2 * logit + 4 * EPS;
      case "evidence", "evidence alone" -> logit + 4 * EPS * Inputs.largest(reference);
      default ->
          of(check, Coarseness.NONE, output, reference) * (far ? Double.POSITIVE_INFINITY : 2);
    };
  }

  /** A draw takes the same component, so differs by the rounding of an affine map of 3 terms. */
  static double draw(CheckCase check) {
    return check.input().equals("huge") ? Double.POSITIVE_INFINITY : 64 * EPS * radius(check);
  }

  /** Of a coordinate: means are normals, rows spread around them by sigma. */
  private static double radius(CheckCase check) {
    return (check.input().equals("far") ? 3000 : 1) * (5 + 5 * check.sigma());
  }

  /**
   * Error of a logit. Whitening leaves z with an error of EPS |m| / sigma, and z z / 2 sums d of
   * them; products leave sqrt(d) EPS |x| |m| / sigma^2, and beyond 2^-8 are evaluated again.
   */
  private static double logit(CheckCase check) {
    double scale = 5 / check.sigma();
    return EPS * check.dim() * (8 + 4 * scale);
  }

  /** What a backend with paths of its own for data sets multiplies by them. */
  private static boolean isCoarse(CheckCase check, Coarseness backend) {
    boolean others = check.kind().equals("points") || check.kind().equals("shared");
    return check.dim() >= 32 && (isPixels(check) || others && !backend.bytesOnly());
  }

  private static boolean isPixels(CheckCase check) {
    return check.kind().equals(CheckPriors.PIXELS);
  }
}
