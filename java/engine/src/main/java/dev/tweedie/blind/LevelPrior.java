package dev.tweedie.blind;

import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;

/**
 * A prior Theta on the noise level, variance exploding (alpha 1), as masses on a grid of levels:
 * the trapezoid rule in log sigma, so {@code mass_s ~ Theta(sigma_s) sigma_s (log sigma_{s+1} - log
 * sigma_{s-1}) / 2} with half cells at the ends, divided by their sum. Immutable. Source:
 * Kadkhodaie et al.; mathematics 1.5.
 */
public final class LevelPrior {
  /** How {@link #parse} wants a prior written. */
  public static final String FORMS = "power:P:MIN:MAX[:LEVELS]";

  private static final int LEAST_LEVELS = 64;
  private static final int MOST_LEVELS = 4096;

  /** As many as a schedule may have: a typing error must not take all memory. */
  private static final int MOST_GIVEN = 1_000_000;

  private final double[] sigmas;
  private final double[] logMasses;
  private final List<Level> levels;

  /** Normalises {@code logMasses}, which it keeps. */
  private LevelPrior(double[] sigmas, double[] logMasses) {
    this.sigmas = sigmas;
    this.levels = DoubleStream.of(sigmas).mapToObj(Level::ofSigma).toList();
    double top = DoubleStream.of(logMasses).max().orElseThrow();
    if (!Double.isFinite(top)) {
      throw new InvalidInputException(
          "level prior: found no mass on sigma %s to %s, allowed: a finite density above 0 somewhere"
              .formatted(sigmas[0], sigmas[sigmas.length - 1]));
    }
    double sum = 0;
    for (double logMass : logMasses) {
      sum += StrictMath.exp(logMass - top);
    }
    double total = top + StrictMath.log(sum);
    this.logMasses = DoubleStream.of(logMasses).map(logMass -> logMass - total).toArray();
  }

  /**
   * A density on given levels.
   *
   * @param sigmas finite, &gt; 0, strictly increasing
   * @param density Theta at each, with respect to sigma, up to a factor; finite and &gt;= 0
   * @throws InvalidInputException where sizes differ, a value is not allowed, or no mass is left
   */
  public static LevelPrior of(double[] sigmas, double[] density) {
    if (density.length != sigmas.length) {
      throw new InvalidInputException(
          "level prior: found %d densities, allowed: one for each of %d levels"
              .formatted(density.length, sigmas.length));
    }
    double[] logDensity = new double[density.length];
    for (int s = 0; s < density.length; s++) {
      if (!(density[s] >= 0) || Double.isInfinite(density[s])) {
        throw new InvalidInputException(
            "level prior: found density %s at level %d, allowed: finite and >= 0"
                .formatted(density[s], s));
      }
      logDensity[s] = StrictMath.log(density[s]);
    }
    return ofLogDensity(sigmas.clone(), logDensity);
  }

  /**
   * {@code Theta ~ sigma^-p} on levels evenly spaced in log sigma. p = 3 is uniform in {@code 1 /
   * sigma^2}, the prior that the blind sampler's theory asks for; p = 1 is uniform in log sigma.
   *
   * @param count number of levels, 1 to 1,000,000; exactly 1 where smallest = largest
   * @throws InvalidInputException where a value is not allowed
   */
  public static LevelPrior powerLaw(double p, double smallest, double largest, int count) {
    if (!Double.isFinite(p)) {
      throw new InvalidInputException("level prior: found power " + p + ", allowed: finite");
    }
    double[] sigmas = geometric(smallest, largest, count);
    return ofLogDensity(
        sigmas, DoubleStream.of(sigmas).map(sigma -> -p * StrictMath.log(sigma)).toArray());
  }

  /**
   * Levels that a grid needs for rows of dimension d, 64 to 4,096: neighbours at most {@code sqrt(2
   * / d)} apart in log sigma. A row tells log sigma with a standard deviation of {@code 1 / sqrt(2
   * d)} where its data fill few directions (its Fisher information is 2 d), and the trapezoid rule
   * is good to {@code 2 e^(-pi^2 / 2)} of a Gaussian that is two of them apart. Of low-rank
   * mixtures at d = 3,072 the estimate then differs from that of 2,048 levels by 6e-4 of its own
   * error, with 64 levels by 5e-2 (measured, sigma .05 to 3).
   *
   * @param smallest sigma, below {@code largest}
   * @param dim d, at least 1
   */
  public static int levels(double smallest, double largest, int dim) {
    double apart = Math.sqrt(2.0 / dim);
    double wanted = Math.ceil(StrictMath.log(largest / smallest) / apart) + 1;
    return (int) Math.clamp(wanted, LEAST_LEVELS, MOST_LEVELS);
  }

  /**
   * Reads {@code power:P:MIN:MAX[:LEVELS]}, by default as many levels as {@link #levels} says.
   *
   * @param dim of the rows
   * @throws InvalidInputException where the text is not of that form or a value is not allowed
   */
  public static LevelPrior parse(String text, int dim) {
    String[] words = text.split(":", -1);
    if (!words[0].equals("power") || words.length < 4 || words.length > 5) {
      throw new InvalidInputException(
          "level prior: found '" + text + "', allowed: " + FORMS + ", as in power:3:0.02:20:64");
    }
    try {
      double smallest = Double.parseDouble(words[2]);
      double largest = Double.parseDouble(words[3]);
      int count = words.length == 5 ? Integer.parseInt(words[4]) : levels(smallest, largest, dim);
      return powerLaw(Double.parseDouble(words[1]), smallest, largest, count);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "level prior: found '" + text + "', allowed: numbers in " + FORMS, e);
    }
  }

  /** {@code count} sigmas, evenly spaced in their logarithm; both ends are exact. */
  static double[] geometric(double smallest, double largest, int count) {
    if (count < 1 || count > MOST_GIVEN) {
      throw new InvalidInputException(
          "level prior: found " + count + " levels, allowed: 1 to " + MOST_GIVEN);
    }
    if (count == 1 ? smallest != largest : !(smallest < largest)) {
      throw new InvalidInputException(
          "level prior: found %d levels from sigma %s to %s, allowed: MIN < MAX, or one level"
              .formatted(count, smallest, largest));
    }
    requireSigma(smallest);
    requireSigma(largest);
    double low = StrictMath.log(smallest);
    double high = StrictMath.log(largest);
    double[] sigmas = new double[count];
    for (int s = 1; s < count - 1; s++) {
      sigmas[s] = StrictMath.exp(low + (high - low) * s / (count - 1));
    }
    sigmas[0] = smallest;
    sigmas[count - 1] = largest;
    return sigmas;
  }

  private static LevelPrior ofLogDensity(double[] sigmas, double[] logDensity) {
    int count = sigmas.length;
    if (count < 1) {
      throw new InvalidInputException("level prior: found no levels, allowed: at least 1");
    }
    for (int s = 0; s < count; s++) {
      requireSigma(sigmas[s]);
      if (s > 0 && !(sigmas[s] > sigmas[s - 1])) {
        throw new InvalidInputException(
            "level prior: found sigma %s after %s, allowed: strictly increasing"
                .formatted(sigmas[s], sigmas[s - 1]));
      }
    }
    double[] logMasses = new double[count];
    for (int s = 0; s < count; s++) {
      double width =
          StrictMath.log(sigmas[Math.min(s + 1, count - 1)] / sigmas[Math.max(s - 1, 0)]);
      logMasses[s] =
          logDensity[s] + StrictMath.log(sigmas[s]) + (count == 1 ? 0 : StrictMath.log(width));
    }
    return new LevelPrior(sigmas, logMasses);
  }

  private static void requireSigma(double sigma) {
    if (!(sigma > 0) || Double.isInfinite(sigma)) {
      throw new InvalidInputException(
          "level prior: found sigma " + sigma + ", allowed: a finite number > 0");
    }
  }

  /** S. */
  public int size() {
    return sigmas.length;
  }

  /** From the smallest to the largest. */
  public double sigma(int level) {
    return sigmas[level];
  }

  /** S standard deviations, from the smallest to the largest. */
  public double[] sigmas() {
    return sigmas.clone();
  }

  /** Logarithms of the levels' prior masses. */
  public double[] logMasses() {
    return logMasses.clone();
  }

  public double smallest() {
    return sigmas[0];
  }

  public double largest() {
    return sigmas[sigmas.length - 1];
  }

  public Level level(int level) {
    return levels.get(level);
  }

  /** Logarithm of the level's prior mass; the masses sum to 1. */
  public double logMass(int level) {
    return logMasses[level];
  }

  /**
   * {@code sum_s masses[s] f(sigma_s)}: the mean of f(sigma) under a row's posterior masses.
   *
   * @param masses S, such as a row of {@code BlindOutputs.levels}
   */
  public double mean(double[] masses, DoubleUnaryOperator f) {
    double sum = 0;
    for (int s = 0; s < sigmas.length; s++) {
      sum += masses[s] * f.applyAsDouble(sigmas[s]);
    }
    return sum;
  }

  @Override
  public String toString() {
    return size() + " levels from sigma " + smallest() + " to " + largest();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LevelPrior prior
        && Arrays.equals(prior.sigmas, sigmas)
        && Arrays.equals(prior.logMasses, logMasses);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(sigmas) + Arrays.hashCode(logMasses);
  }
}
