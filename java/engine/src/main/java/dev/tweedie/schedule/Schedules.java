package dev.tweedie.schedule;

import dev.tweedie.InvalidInputException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** The schedules of the field, each from its paper. */
public final class Schedules {
  /** DDPM's number of levels and its variances (Ho et al. 2020, section 4). */
  static final int DDPM_LEVELS = 1000;

  static final double DDPM_FIRST_BETA = 1e-4;
  static final double DDPM_LAST_BETA = 0.02;
  static final double KARRAS_RHO = 7;

  /** abar = e^-10 = 4.5e-5 at this OU time, DDPM's own last one (4.0e-5) rounded. */
  static final double OU_TIME = 5;

  private static final int MOST_LEVELS = 1_000_000;
  private static final double COSINE_OFFSET = 0.008;
  private static final double COSINE_LAST_BETA = 0.999;

  /** Last beta by number of levels (Fesl et al. 2025, published code). */
  private static final Map<Integer, Double> FESL_LAST_BETA =
      new TreeMap<>(
          Map.of(
              5, 0.95, 10, 0.7, 50, 0.2, 100, 0.1, 300, 0.035, 500, 0.02, 1000, 0.01, 10000,
              0.001));

  private Schedules() {}

  /**
   * DDPM: beta linear in the index, {@code abar_t = prod (1 - beta_i)} (Ho et al. 2020).
   *
   * @param firstBeta of index 0; with lastBeta, {@code 0 < firstBeta <= lastBeta < 1}
   */
  public static Schedule vpLinear(int levels, double firstBeta, double lastBeta) {
    requireLevels(levels);
    if (!(firstBeta > 0 && firstBeta <= lastBeta && lastBeta < 1)) {
      throw new InvalidInputException(
          String.format(
              "beta: found %s to %s, allowed: 0 < first <= last < 1", firstBeta, lastBeta));
    }
    double slope = levels == 1 ? 0 : (lastBeta - firstBeta) / (levels - 1);
    return vp(levels, i -> StrictMath.log1p(-(firstBeta + i * slope)));
  }

  /**
   * {@code abar(t) = f(t) / f(0), f(t) = cos^2((t / T + s) / (1 + s) pi / 2)} with s = 0.008 and
   * beta at most 0.999 (Nichol and Dhariwal 2021, Eq. 17).
   */
  public static Schedule vpCosine(int levels) {
    requireLevels(levels);
    double stride = Math.PI / 2 / (1 + COSINE_OFFSET) / levels;
    double offset = COSINE_OFFSET * levels;
    double least = StrictMath.log1p(-COSINE_LAST_BETA);
    return vp(levels, i -> Math.max(least, logCosineRatio((i + offset) * stride, stride)));
  }

  /** {@code log (cos^2(x + dx) / cos^2 x)}; cos(x + dx) - cos x as a product keeps the digits. */
  private static double logCosineRatio(double x, double dx) {
    double change = -2 * StrictMath.sin(x + dx / 2) * StrictMath.sin(dx / 2);
    return 2 * StrictMath.log1p(Math.max(-1, change / StrictMath.cos(x)));
  }

  /**
   * Fesl et al. 2025: beta linear from {@code 1 / 10001} (so that index 0 is at 40 dB) to a value
   * that brings every number of levels to about -22 dB.
   *
   * @param levels 5, 10, 50, 100, 300, 500, 1000 or 10000
   */
  public static Schedule fesl(int levels) {
    Double lastBeta = FESL_LAST_BETA.get(levels);
    if (lastBeta == null) {
      throw new InvalidInputException(
          "levels: found " + levels + ", allowed: one of " + FESL_LAST_BETA.keySet());
    }
    return vpLinear(levels, 1.0 / 10001, lastBeta);
  }

  /**
   * Variance exploding, sigma^(1/rho) evenly spaced (Karras et al. 2022, Eq. 5). One level is
   * sigmaMax.
   *
   * @param sigmaMin &gt; 0 and below sigmaMax
   * @param rho &gt; 0; 7 in the paper
   */
  public static Schedule karras(int levels, double sigmaMin, double sigmaMax, double rho) {
    requireLevels(levels);
    if (!(sigmaMin > 0 && sigmaMin < sigmaMax && sigmaMax < Double.POSITIVE_INFINITY)) {
      throw new InvalidInputException(
          String.format(
              "sigma: found %s to %s, allowed: 0 < smallest < largest", sigmaMin, sigmaMax));
    }
    if (!(rho > 0) || Double.isInfinite(rho)) {
      throw new InvalidInputException("rho: found " + rho + ", allowed: a finite number > 0");
    }
    double low = StrictMath.pow(sigmaMin, 1 / rho);
    double high = StrictMath.pow(sigmaMax, 1 / rho);
    int last = levels - 1;
    return of(
        levels,
        i -> {
          if (i == last) {
            return Level.ofSigma(sigmaMax);
          }
          return Level.ofSigma(
              i == 0 ? sigmaMin : StrictMath.pow(low + (high - low) * i / last, rho));
        });
  }

  /**
   * Ornstein-Uhlenbeck at times {@code T / n, 2 T / n, .. T} (Liang et al. 2024).
   *
   * @param time T, finite and &gt; 0
   */
  public static Schedule ou(int levels, double time) {
    requireLevels(levels);
    if (!(time > 0) || Double.isInfinite(time)) {
      throw new InvalidInputException("time: found " + time + ", allowed: a finite number > 0");
    }
    return of(levels, i -> Level.ofOuTime(time * (i + 1) / levels));
  }

  /**
   * Variance preserving from {@code log(1 - beta_i)}: sums of logarithms, because 1 - abar of the
   * first levels would lose four digits.
   */
  private static Schedule vp(int levels, IntToDoubleFunction logKept) {
    Level[] out = new Level[levels];
    double logAbar = 0;
    for (int i = 0; i < levels; i++) {
      logAbar += logKept.applyAsDouble(i);
      out[i] = Level.ofOuTime(-logAbar / 2);
    }
    return Schedule.ofLevels(List.of(out));
  }

  private static Schedule of(int levels, IntFunction<Level> level) {
    return Schedule.ofLevels(IntStream.range(0, levels).mapToObj(level).toList());
  }

  private static void requireLevels(int levels) {
    if (levels < 1 || levels > MOST_LEVELS) {
      throw new InvalidInputException("levels: found " + levels + ", allowed: 1 to " + MOST_LEVELS);
    }
  }
}
