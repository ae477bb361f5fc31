package dev.tweedie.blind;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.Outputs;
import dev.tweedie.schedule.Level;

/**
 * The most likely level of each row, refined from a grid: with {@code lambda = sigma^-2}, {@code
 * Theta ~ sigma^(alpha - 3)} and {@code E(lambda) = E[|x_0 - y|^2 | y]}, minus the log posterior
 * has the derivatives {@code l' = E / 2 - (d - alpha) / (2 lambda)} and {@code l'' = (d - alpha) /
 * (2 lambda^2) + E' / 2}. Alpha 0 is maximum likelihood. Source: Kadkhodaie et al.; mathematics
 * 1.5.
 *
 * <p>Costs the grid, then for each row one evaluation of mean and trace an iteration of EM, two of
 * Newton's: rows sit at levels of their own, so they are evaluated one by one. Results are kept
 * within the grid's ends. Belongs to one thread at a time.
 */
public final class LikelihoodEstimator implements LevelEstimator {
  /** How the stationary point {@code sigma^2 = E / (d - alpha)} is approached. */
  public enum Method {
    /** Iterates it: the likelihood never falls; linear convergence. */
    EM,
    /**
     * Newton's method on log lambda, where {@code l'' > 0} and the step is shorter than a factor
     * 16; a step of EM elsewhere. {@code E'} is a difference quotient.
     */
    NEWTON
  }

  private static final double LONGEST_STEP = StrictMath.log(16);

  private final GridEstimator grid;
  private final ExactPosterior posterior;
  private final Method method;
  private final double alpha;
  private final int iterations;
  private final double tolerance;
  private final double quotientStep;
  private final double[] x;
  private final double[] mean;
  private Samples means;
  private Samples trace;

  /**
   * @param grid where each row starts, and the ends that no result leaves
   * @param alpha of the prior {@code sigma^(alpha - 3)}, below d
   * @param iterations at most so many, at least 1
   * @param tolerance ends at this relative change of sigma^2, &gt;= 0
   */
  public LikelihoodEstimator(
      GridEstimator grid, Method method, double alpha, int iterations, double tolerance) {
    this.grid = grid;
    this.posterior = grid.posterior();
    this.method = method;
    this.alpha = alpha;
    this.iterations = iterations;
    this.tolerance = tolerance;
    if (!(alpha < posterior.dim()) || Double.isInfinite(alpha)) {
      throw new InvalidInputException(
          "alpha: found " + alpha + ", allowed: finite and below " + posterior.dim() + ", d");
    }
    if (iterations < 1 || !(tolerance >= 0)) {
      throw new InvalidInputException(
          "level estimate: found %d iterations and tolerance %s, allowed: at least 1, and >= 0"
              .formatted(iterations, tolerance));
    }
    // E has 6 or 14 digits: the quotient's rounding and truncation errors are then about equal.
    boolean single = posterior.engine().backend().precision() == Precision.FLOAT32;
    quotientStep = single ? 1e-2 : 1e-5;
    x = new double[posterior.dim()];
    mean = new double[posterior.dim()];
  }

  /** Maximum likelihood by Newton's method: 30 iterations at most, to 6 digits. */
  public static LikelihoodEstimator newton(GridEstimator grid) {
    return new LikelihoodEstimator(grid, Method.NEWTON, 0, 30, 1e-6);
  }

  @Override
  public void estimate(Samples y, double[] sigma) {
    grid.estimate(y, sigma);
    refine(y, sigma);
  }

  /**
   * As {@link #estimate}, from given levels.
   *
   * @param sigma B levels to start from, &gt; 0; overwritten by those found
   */
  public void refine(Samples y, double[] sigma) {
    if (means == null) {
      means = posterior.engine().samples(1, posterior.dim());
      trace = posterior.engine().samples(1, 1);
    }
    for (int i = 0; i < y.rows(); i++) {
      sigma[i] = Math.sqrt(refine(y.slice(i, 1), sigma[i] * sigma[i]));
    }
  }

  private double refine(Samples y, double start) {
    double lowest = grid.smallest() * grid.smallest();
    double highest = grid.largest() * grid.largest();
    double variance = Math.clamp(start, lowest, highest);
    for (int i = 0; i < iterations; i++) {
      double next = Math.clamp(next(y, variance), lowest, highest);
      boolean done = Math.abs(next - variance) <= tolerance * variance;
      variance = next;
      if (done) {
        break;
      }
    }
    return variance;
  }

  private double next(Samples y, double variance) {
    double degrees = y.dim() - alpha;
    double distance = squaredDistance(y, variance);
    if (method == Method.NEWTON) {
      // F = lambda l' as a function of log lambda has the slope F' = F + lambda^2 l''.
      double f = 0.5 * (distance / variance - degrees);
      double further = variance / (1 + quotientStep);
      double fFurther = 0.5 * (squaredDistance(y, further) / further - degrees);
      double slope = (fFurther - f) / StrictMath.log1p(quotientStep);
      double step = -f / slope;
      if (slope > 0 && slope - f > 0 && Math.abs(step) < LONGEST_STEP) {
        return variance * StrictMath.exp(-step);
      }
    }
    return distance / degrees;
  }

  /** {@code E[|x_0 - y|^2 | y] = |D - y|^2 + tr C}. */
  private double squaredDistance(Samples y, double variance) {
    Level level = Level.ofSigma(Math.sqrt(variance));
    posterior.evaluate(y, level, new Outputs(null, means, null, trace, null, null));
    y.readRow(0, x);
    means.readRow(0, mean);
    double sum = trace.get(0, 0);
    for (int j = 0; j < x.length; j++) {
      sum += (mean[j] - x[j]) * (mean[j] - x[j]);
    }
    return sum;
  }
}
