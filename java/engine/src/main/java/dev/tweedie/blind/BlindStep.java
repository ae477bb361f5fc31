package dev.tweedie.blind;

import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Schedule;
import java.util.Arrays;

/**
 * One step of the blind dynamics {@code dY = (f(Y) - Y) dt + sqrt(2 a sigma^2) dB}, as {@code y <-
 * keep y + (1 - keep) f(y) + sqrt(noise) sigma z} with sigma the row's current estimate. No
 * schedule enters; where the estimate is right, each step multiplies sigma by {@link #contraction}.
 * Source: Kadkhodaie et al., Algorithms 2 and 3, appendix C; mathematics 4(b).
 *
 * @param form how the equation is integrated over a step
 * @param a share of noise that a step puts back, 0 &lt;= a &lt; 1; 0 is deterministic, 1/2 their
 *     choice
 * @param h length of a step in time, &gt; 0
 */
public record BlindStep(Form form, double a, double h) {
  /** How one step is integrated. */
  public enum Form {
    /** f is frozen, the linear part exact: sigma shrinks by exactly {@code e^(-(1 - a) h)}. */
    EXPONENTIAL,
    /** Euler, and the noise that arises along the implicit schedule within the step. */
    EULER,
    /** Euler with the noise frozen at the step's start; sigma only shrinks for h &lt; 2 (1 - a). */
    EULER_FROZEN
  }

  /**
   * @throws InvalidInputException where a or h is out of range, or the step would not shrink sigma
   */
  public BlindStep {
    if (!(a >= 0 && a < 1)) {
      throw new InvalidInputException("a: found " + a + ", allowed: 0 <= a < 1");
    }
    if (!(h > 0) || Double.isInfinite(h)) {
      throw new InvalidInputException("h: found " + h + ", allowed: a finite number > 0");
    }
    if (form == Form.EULER_FROZEN && h >= 2 * (1 - a)) {
      throw new InvalidInputException(
          "h: found %s with a = %s, allowed: below 2 (1 - a) = %s, where Euler's step is stable"
              .formatted(h, a, (float) (2 * (1 - a))));
    }
    if (!(contraction(form, a, h) < 1)) {
      throw new InvalidInputException(
          "h: found %s with a = %s, allowed: a step that lowers sigma; this one multiplies it by %s"
              .formatted(h, a, contraction(form, a, h)));
    }
  }

  /** Exponential Euler with a = 1/2, h = 0.1. */
  public static BlindStep standard() {
    return new BlindStep(Form.EXPONENTIAL, 0.5, 0.1);
  }

  /** Factor of the state. */
  public double keep() {
    return keep(form, h);
  }

  /** Variance of the fresh noise, in units of sigma^2. */
  public double noise() {
    return noise(form, a, h);
  }

  /** What a step multiplies sigma by. */
  public double contraction() {
    return contraction(form, a, h);
  }

  private static double keep(Form form, double h) {
    return form == Form.EXPONENTIAL ? StrictMath.exp(-h) : 1 - h;
  }

  private static double noise(Form form, double a, double h) {
    return switch (form) {
      // e^(-2 (1 - a) h) - e^(-2 h), without its cancellation
      case EXPONENTIAL -> StrictMath.exp(-2 * h) * StrictMath.expm1(2 * a * h);
      case EULER -> -a * StrictMath.expm1(-2 * (1 - a) * h) / (1 - a);
      case EULER_FROZEN -> 2 * a * h;
    };
  }

  private static double contraction(Form form, double a, double h) {
    double keep = keep(form, h);
    return form == Form.EXPONENTIAL
        ? StrictMath.exp(-(1 - a) * h)
        : Math.sqrt(keep * keep + noise(form, a, h));
  }

  /** Steps after which sigma has come from {@code start} down to {@code stop} or below. */
  public int steps(double start, double stop) {
    if (!(stop > 0 && stop < start) || Double.isInfinite(start)) {
      throw new InvalidInputException(
          "sigma: found " + start + " down to " + stop + ", allowed: finite, decreasing and > 0");
    }
    // Where the ratio is a whole number of steps, rounding must not add one.
    double steps = StrictMath.log(stop / start) / StrictMath.log(contraction());
    return (int) Math.min(Integer.MAX_VALUE / 8, Math.ceil(steps * (1 - 1e-12)));
  }

  /**
   * The implicit schedule: {@code start contraction^k}, k = 0 .. {@link #steps}. A chain that is
   * told these levels takes the same steps.
   */
  public Schedule schedule(double start, double stop) {
    int steps = steps(start, stop);
    double[] sigmas = new double[steps + 1];
    Arrays.setAll(sigmas, i -> start * StrictMath.pow(contraction(), steps - i));
    return Schedule.ofSigmas(sigmas);
  }

  /**
   * The implicit schedule in continuous time for {@code a_t = a sigma_t^2}: {@code sigma_t = start
   * e^(-(1 - a) t)}.
   */
  public double sigmaAt(double start, double time) {
    return start * StrictMath.exp(-(1 - a) * time);
  }
}
