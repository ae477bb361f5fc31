package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.backend.Op;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** How far a float32 posterior may be from the float64 one. */
final class EvaluateBounds {
  private static final double EPS = 0x1p-24;

  /**
   * How often an evaluation may round what the yardstick rounds once; sums over components, chains
   * of up to {@link #LONGEST_CHAIN} fma, and over dimensions add up roundings as the square root of
   * their length.
   */
  private static final double ROUNDINGS = 8;

  /** 2.4 standard deviations of a rounding, which over all mantissas is .42 of 2^-24. */
  private static final double ROUNDINGS_OF_CHAIN = 1;

  private static final int LONGEST_CHAIN = 8064;

  /** Weights below this share of the largest count as zero. */
  private static final double CUTOFF = StrictMath.exp(-40);

  /** Of vectors of normals. */
  private static final double LARGEST_NORMAL = 5;

  private EvaluateBounds() {}

  /**
   * What the yardstick allows, in each output. A number's own counts; where an eigenbasis mixes
   * directions, the largest of its row instead, and an eighth of that everywhere, which is one
   * rounding, because few moves may by chance leave a number where it is.
   */
  static Expected expect(CheckCase check, Numerics.Bound backend, Yardstick yardstick) {
    Map<String, double[]> bounds = new LinkedHashMap<>();
    Numerics.Bound added = isRounded(check, backend) ? backend : Numerics.Bound.NONE;
    double chain = Math.sqrt(Math.min(check.components(), LONGEST_CHAIN)) + Math.sqrt(check.dim());
    double roundings = ROUNDINGS + ROUNDINGS_OF_CHAIN * chain;
    boolean mixed = check.kind().equals("lowrank") || check.kind().equals("full");
    for (String output : yardstick.values().keySet()) {
      double[] rounding = Objects.requireNonNull(yardstick.rounding().get(output));
      double[] moved = Objects.requireNonNull(yardstick.logits().get(output));
      Numerics.Bound of = isHessian(check, output) ? Numerics.Bound.NONE : added;
      double logits = 2 * (logit(check) + of.logit()) / Yardstick.LOGIT;
      double share = share(check, of.share() + check.components() * CUTOFF, output);
      double[] bound = new double[rounding.length];
      int width = Math.max(1, rounding.length / Math.max(1, check.rows()));
      for (int row = 0; row < bound.length; row += width) {
        double roundingOfRow = largest(rounding, row, width) * (mixed ? 1 : 0.125);
        double movedOfRow = largest(moved, row, width) * 0.125;
        for (int i = row; i < row + width; i++) {
          double own = roundings * Math.max(rounding[i], roundingOfRow);
          double weighed = logits * Math.max(moved[i], movedOfRow);
          bound[i] =
              overflows(check)
                  ? Double.POSITIVE_INFINITY
                  : own + weighed + share + Float.MIN_NORMAL;
        }
      }
      bounds.put(output, bound);
    }
    return new Expected(yardstick.values(), bounds);
  }

  private static double largest(double[] values, int first, int count) {
    double most = 0;
    for (int i = first; i < first + count; i++) {
      most = Math.max(most, values[i]);
    }
    return most;
  }

  private static boolean overflows(CheckCase check) {
    return check.input().equals("longvectors");
  }

  /**
   * What rounded factors add: to a responsibility their share, as the sum of weights has it; to
   * means their share of the range, and so on to what is made of them.
   */
  private static double share(CheckCase check, double of, String output) {
    double range = range(check);
    double slope = check.alpha() / (check.sigma() * check.sigma());
    double square = of * range * range;
    return switch (output) {
      case "responsibilities" -> of;
      case "mean" -> of * range;
      case "score" -> of * range * slope;
      case "diagonal" -> square;
      case "trace" -> square * check.dim();
      case "hessianDiagonal" -> square * slope * slope;
      case "out", "inPlace" ->
          square * check.dim() * LARGEST_NORMAL * (isHessian(check, output) ? slope * slope : 1);
      default -> 0;
    };
  }

  /**
   * Of the blind posterior, where beside components levels share a row, up to ten times the case's
   * sigma. Rows that no level explains are evaluated in float64.
   */
  static double blind(CheckCase check, String output, double[] reference) {
    if (check.input().equals("huge")) {
      return Double.POSITIVE_INFINITY;
    }
    double scale = 5 / check.sigma();
    double direct = EPS * check.dim() * (8 + 4 * scale);
    double logit = 2 * direct;
    double mean = StrictMath.expm1(2 * direct) * range(check) + 32 * EPS * radius(check);
    return switch (output) {
      case "levels" -> 2 * logit + 4 * EPS;
      case "evidence", "evidence alone" -> logit + 4 * EPS * CaseInputs.largest(reference);
      case "mean" -> mean * 2;
      default -> throw new IllegalArgumentException(output);
    };
  }

  /** A draw takes the same component, so differs by the rounding of an affine map of 3 terms. */
  static double draw(CheckCase check) {
    return check.input().equals("huge") ? Double.POSITIVE_INFINITY : 64 * EPS * radius(check);
  }

  /** What is exact in fast mode too. */
  private static boolean isHessian(CheckCase check, String output) {
    return output.equals("hessianDiagonal") || check.op().equals(Op.HESSIAN_TIMES.toString());
  }

  private static double range(CheckCase check) {
    return isPixels(check) ? 1 : radius(check);
  }

  /** Of a coordinate: means are normals, rows spread around them by sigma. */
  private static double radius(CheckCase check) {
    return (check.input().equals("far") ? 3000 : 1) * (5 + 5 * check.sigma());
  }

  /**
   * What a logit may be off beside what its inputs' rounding does: isotropic ones are products,
   * which lose {@code (8 + 2 sqrt d) 2^-24} of {@code |x| |m| / sigma^2}, and beyond 2^-8 are
   * evaluated again; others are squares added up in a chain.
   */
  private static double logit(CheckCase check) {
    double dim = check.dim();
    double scale = 5 / check.sigma();
    boolean product = !List.of("diagonal", "lowrank", "full").contains(check.kind());
    return product
        ? Math.min(0x1p-8, EPS * dim * (8 + 4 * scale) * (1 + scale))
        : EPS * (8 + 8 * Math.sqrt(dim));
  }

  /** What a backend with paths of its own for data sets multiplies by them. */
  private static boolean isRounded(CheckCase check, Numerics.Bound backend) {
    boolean others = check.kind().equals("points") || check.kind().equals("shared");
    return check.dim() >= 32 && (isPixels(check) || others && !backend.bytesOnly());
  }

  private static boolean isPixels(CheckCase check) {
    return check.kind().equals(CheckPriors.PIXELS);
  }
}
