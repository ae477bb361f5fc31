package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;
import java.util.function.DoublePredicate;

/**
 * The distribution of the localisation {@code L_r(Y_r)} at one signal-to-noise ratio {@code r =
 * alpha / sigma}, and what Liang et al. (section 4) read off it: survival s, integrated tail h, m,
 * m*, delta* and the effective curvature complexity zeta*_M, for the Ornstein-Uhlenbeck process
 * whose time t has {@code 1 - e^-2t = 1 / (1 + r^2)}.
 */
public abstract sealed class Profile permits QuadratureProfile, SampledProfile {
  /** Halvings of [0, 1]: beyond them thresholds differ by their rounding. */
  private static final int HALVINGS = 50;

  private final double ratio;

  Profile(double ratio) {
    if (!(ratio > 0) || Double.isInfinite(ratio)) {
      throw new InvalidInputException(
          "ratio: found " + ratio + ", allowed: a finite number > 0 (alpha / sigma)");
    }
    this.ratio = ratio;
  }

  /** r. */
  public final double ratio() {
    return ratio;
  }

  /** t with {@code e^-2t / (1 - e^-2t) = r^2}. */
  public final double ouTime() {
    return 0.5 * Math.log1p(1 / (ratio * ratio));
  }

  /** {@code 1 - e^-2t}. */
  final double noiseVariance() {
    return 1 / (1 + ratio * ratio);
  }

  /** {@code s_r(u) = P(L > u)}. */
  public abstract double survival(double u);

  /** {@code E[(L - u)_+]}, the integral of the survival above u. */
  public abstract double excess(double u);

  /** The largest value of L; of a sample, its largest. */
  public abstract double largest();

  /**
   * {@code h(delta, r) = E[(L - (1 - delta))_+]}.
   *
   * @param delta 0 to 1
   */
  public final double tail(double delta) {
    require(delta);
    return excess(1 - delta);
  }

  /**
   * {@code m(delta, r) = h / delta}.
   *
   * @param delta above 0, at most 1
   */
  public final double tailShare(double delta) {
    require(delta);
    if (delta == 0) {
      throw new InvalidInputException("delta: found 0, allowed: 0 < delta <= 1");
    }
    return tail(delta) / delta;
  }

  private static void require(double delta) {
    if (!(delta >= 0 && delta <= 1)) {
      throw new InvalidInputException("delta: found " + delta + ", allowed: 0 to 1");
    }
  }

  /** m*(r), the least {@link #tailShare}; 0 where the law of x_t is log-concave. */
  public final double leastTailShare() {
    return largest() <= 1 ? 0 : tailShare(leastTailDelta());
  }

  /**
   * delta*(r), the largest delta with the least {@link #tailShare}; {@code 1 - sup L} where the law
   * of x_t is log-concave, so that h is 0 up to there.
   */
  public final double leastTailDelta() {
    if (largest() <= 1) {
      return 1 - largest();
    }
    // the derivative of h / delta has the sign of delta s(1 - delta) - h(delta), which increases
    return largestDelta(delta -> delta * survival(1 - delta) <= tail(delta));
  }

  /**
   * zeta*_M(t), the largest over delta of {@code (delta - M h(delta)) / (1 - e^-2t)}: 1 minus the
   * mean of the largest share 1 / M of L, over {@code 1 - e^-2t} (Rockafellar and Uryasev 2000), or
   * with delta = 0 where that share is all above 1.
   *
   * @param spread M &gt;= 1, the perturbation's largest squared size over its mean; infinity for
   *     the worst case, which is -infinity where the law of x_t is not log-concave
   */
  public final double complexity(double spread) {
    if (spread == Double.POSITIVE_INFINITY) {
      return largest() <= 1 ? (1 - largest()) / noiseVariance() : Double.NEGATIVE_INFINITY;
    }
    double delta = complexityDelta(spread);
    return (delta - spread * tail(delta)) / noiseVariance();
  }

  /**
   * The delta at which {@link #complexity} is reached.
   *
   * @param spread M &gt;= 1, finite
   */
  public final double complexityDelta(double spread) {
    if (!(spread >= 1) || Double.isInfinite(spread)) {
      throw new InvalidInputException("M: found " + spread + ", allowed: a number >= 1");
    }
    return largestDelta(delta -> spread * survival(1 - delta) <= 1);
  }

  /** The largest delta of [0, 1] up to which {@code holds}; 0 where it does nowhere. */
  private static double largestDelta(DoublePredicate holds) {
    if (holds.test(1)) {
      return 1;
    }
    double low = 0;
    double high = 1;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = 0.5 * (low + high);
      if (holds.test(middle)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
