package dev.tweedie.schedule;

import dev.tweedie.InvalidInputException;

/**
 * A noise level (alpha, sigma) of the forward model {@code x_t = alpha x_0 + sigma z}, z ~ N(0, I).
 * Variance preserving, variance exploding, Ornstein-Uhlenbeck, EDM and flow processes are all
 * sequences of these.
 */
public final class Level {
  /** No noise: alpha 1, sigma 0. Legal only as the target of a reverse step. */
  public static final Level CLEAN = new Level(1, 0);

  private final double alpha;
  private final double sigma;

  private Level(double alpha, double sigma) {
    this.alpha = alpha;
    this.sigma = sigma;
  }

  /**
   * @param alpha factor of the signal, finite and &gt; 0
   * @param sigma standard deviation of the noise, finite and &gt; 0
   * @throws InvalidInputException where either is not
   */
  public static Level of(double alpha, double sigma) {
    require("alpha", alpha);
    require("sigma", sigma);
    return new Level(alpha, sigma);
  }

  /** Variance exploding: alpha 1. */
  public static Level ofSigma(double sigma) {
    return of(1, sigma);
  }

  /** Variance preserving ({@code alpha^2 + sigma^2 = 1}) at a signal-to-noise ratio in dB. */
  public static Level ofSnrDb(double dB) {
    if (!Double.isFinite(dB)) {
      throw new InvalidInputException("snr: found " + dB + " dB, allowed: a finite number");
    }
    return of(
        1 / Math.sqrt(1 + StrictMath.pow(10, -dB / 10)),
        1 / Math.sqrt(1 + StrictMath.pow(10, dB / 10)));
  }

  /** Variance preserving, from DDPM's cumulative product {@code abar} in (0, 1). */
  public static Level ofAbar(double abar) {
    if (!(abar > 0 && abar < 1)) {
      throw new InvalidInputException("abar: found " + abar + ", allowed: 0 < abar < 1");
    }
    return of(Math.sqrt(abar), Math.sqrt(1 - abar));
  }

  /**
   * Ornstein-Uhlenbeck time t &gt; 0 at temperature 1: {@code alpha = e^-t, sigma^2 = 1 - e^-2t},
   * through expm1 so that small t keeps its digits.
   */
  public static Level ofOuTime(double t) {
    if (!(t > 0) || Double.isInfinite(t)) {
      throw new InvalidInputException("time: found " + t + ", allowed: a finite number > 0");
    }
    return of(StrictMath.exp(-t), Math.sqrt(-StrictMath.expm1(-2 * t)));
  }

  public double alpha() {
    return alpha;
  }

  public double sigma() {
    return sigma;
  }

  /** {@code alpha^2 / sigma^2}; infinite for {@link #CLEAN}. */
  public double snr() {
    double r = alpha / sigma;
    return r * r;
  }

  /**
   * Whether data of this variance outweigh the noise, {@code alpha^2 variance > sigma^2}. Their
   * posterior means are then nearly {@code x / alpha}, and lose their digits in differences.
   */
  public boolean isOutweighedBy(double variance) {
    return alpha * Math.sqrt(variance) > sigma;
  }

  public double snrDb() {
    return 10 * StrictMath.log10(snr());
  }

  /** {@code sqrt(alpha^2 + sigma^2)}, of an observation of data of unit power. */
  public double amplitude() {
    return Math.hypot(alpha, sigma);
  }

  /** {@code log(alpha / sigma)}, half the log-SNR. */
  public double logRatio() {
    return StrictMath.log(alpha) - StrictMath.log(sigma);
  }

  /**
   * {@code a_t / a_u}: what multiplies x_u in the transition from {@code cleaner} to this level.
   */
  public double transitionAlpha(Level cleaner) {
    return alpha / cleaner.alpha;
  }

  /**
   * Variance of the transition from {@code cleaner} to this level, {@code s_t^2 - a_{t|u}^2 s_u^2},
   * from the difference of log-SNRs: the subtraction loses all digits for neighbouring levels.
   * Keeps all digits wherever alpha and sigma do not move the same way.
   *
   * @throws InvalidInputException where {@code cleaner} has not a higher SNR than this level
   */
  public double transitionVariance(Level cleaner) {
    if (cleaner.sigma == 0) {
      return sigma * sigma;
    }
    double v = -sigma * sigma * StrictMath.expm1(-2 * gain(cleaner));
    if (!(v > 0)) {
      throw new InvalidInputException(
          "reverse step: from " + this + " to " + cleaner + ", allowed: a target of higher SNR");
    }
    return v;
  }

  /**
   * {@code log(a_u / s_u) - log(a_t / s_t)}, half the gain in log-SNR of a reverse step from this
   * level t to {@code cleaner}, u: h of the DPM-Solver papers. Infinite to {@link #CLEAN}; not
   * above 0 where the target is not cleaner.
   */
  public double gain(Level cleaner) {
    return logOfRatio(sigma, cleaner.sigma) - logOfRatio(alpha, cleaner.alpha);
  }

  /** {@code log(x / y)}; for neighbours from their difference, which is exact. */
  private static double logOfRatio(double x, double y) {
    double change = (x - y) / y;
    return Math.abs(change) < 0.5
        ? StrictMath.log1p(change)
        : StrictMath.log(x) - StrictMath.log(y);
  }

  private static void require(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new InvalidInputException(name + ": found " + value + ", allowed: a finite number > 0");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Level level && level.alpha == alpha && level.sigma == sigma;
  }

  @Override
  public int hashCode() {
    return 31 * Double.hashCode(alpha) + Double.hashCode(sigma);
  }

  @Override
  public String toString() {
    return "alpha=" + alpha + ",sigma=" + sigma;
  }
}
