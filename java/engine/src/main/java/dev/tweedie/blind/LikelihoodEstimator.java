package dev.tweedie.blind;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import java.util.Arrays;

/**
 * The most likely level of each row, refined from a grid: with {@code lambda = sigma^-2}, {@code
 * Theta ~ sigma^(alpha - 3)} and {@code E(lambda) = E[|x_0 - y|^2 | y]}, minus the log posterior
 * has the derivatives {@code l' = E / 2 - (d - alpha) / (2 lambda)} and {@code l'' = (d - alpha) /
 * (2 lambda^2) + E' / 2}. Alpha 0 is maximum likelihood. Source: Kadkhodaie et al.; mathematics
 * 1.5.
 *
 * <p>Costs the grid, then for each row two to four evaluations of mean and trace. Rows sit at
 * levels of their own; those near each other are evaluated together, at the rungs of a ladder of
 * levels, so that E is off by 2^-19 of its second derivative in log sigma^2. A row's result does
 * not depend on the others. Results are kept within the grid's ends. Belongs to one thread at a
 * time.
 */
public final class LikelihoodEstimator implements LevelEstimator {
  /** How the stationary point {@code sigma^2 = E / (d - alpha)} is approached. */
  public enum Method {
    /** Iterates it: the likelihood never falls; linear convergence. */
    EM,
    /**
     * Newton's method on log lambda, where {@code l'' > 0} and the step is shorter than a factor
     * 16; a step of EM elsewhere. {@code E'} is the difference between two rungs.
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
  private final LevelLadder ladder;

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
    ladder = new LevelLadder(posterior);
  }

  /** Maximum likelihood by Newton's method: 30 iterations at most, to 6 digits. */
  public static LikelihoodEstimator newton(GridEstimator grid) {
    return new LikelihoodEstimator(grid, Method.NEWTON, 0, 30, 1e-6);
  }

  @Override
  public void estimate(Samples y, double[] sigma) {
    grid.interpolate(y, sigma);
    refine(y, sigma);
  }

  /**
   * As {@link #estimate}, from given levels.
   *
   * @param sigma B levels to start from, &gt; 0; overwritten by those found
   */
  public void refine(Samples y, double[] sigma) {
    double lowest = grid.smallest() * grid.smallest();
    double highest = grid.largest() * grid.largest();
    int rows = Math.toIntExact(y.rows());
    Distances distances = new Distances(y.toDoubles(), rows);
    double[] variance = new double[rows];
    Arrays.setAll(variance, i -> Math.clamp(sigma[i] * sigma[i], lowest, highest));
    boolean[] done = new boolean[rows];
    for (int k = 0; k < iterations; k++) {
      distances.find(variance, done);
      for (int i = 0; i < rows; i++) {
        if (!done[i]) {
          double next = Math.clamp(next(distances, i, variance[i]), lowest, highest);
          done[i] = Math.abs(next - variance[i]) <= tolerance * variance[i];
          variance[i] = next;
        }
      }
    }
    Arrays.setAll(sigma, i -> i < rows ? Math.sqrt(variance[i]) : sigma[i]);
  }

  private double next(Distances distances, int row, double variance) {
    double degrees = posterior.dim() - alpha;
    double distance = distances.at(row, variance);
    if (method == Method.NEWTON) {
      // F = lambda l' as a function of log lambda has the slope F' = F + lambda^2 l''.
      double f = 0.5 * (distance / variance - degrees);
      double slope = 0.5 * (distance - distances.slope(row)) / variance;
      double step = -f / slope;
      if (slope > 0 && slope - f > 0 && Math.abs(step) < LONGEST_STEP) {
        return variance * StrictMath.exp(-step);
      }
    }
    return distance / degrees;
  }

  /** {@code E[|x_0 - y|^2 | y] = |D - y|^2 + tr C} of each row, at the rungs around its level. */
  private final class Distances {
    private final double[] rows;
    private final int[] rungs;
    private final double[] distance; // at the rung and the next one, row by row
    private final int[] wanted;
    private final int[] row;
    private final int[] key;

    Distances(double[] rows, int count) {
      this.rows = rows;
      rungs = new int[count];
      Arrays.fill(rungs, Integer.MIN_VALUE);
      distance = new double[2 * count];
      wanted = new int[2 * count];
      row = new int[2 * count];
      key = new int[2 * count];
    }

    /** Rows that stay between their rungs cost nothing. */
    void find(double[] variance, boolean[] done) {
      int count = 0;
      for (int i = 0; i < rungs.length; i++) {
        int rung = LevelLadder.rung(variance[i]);
        if (done[i] || rung == rungs[i]) {
          continue;
        }
        rungs[i] = rung;
        for (int end = 0; end < 2; end++) {
          wanted[count] = 2 * i + end;
          row[count] = i;
          key[count++] = rung + end;
        }
      }
      ladder.evaluate(rows, row, key, count, LevelLadder::level, true, this::take);
    }

    private void take(int index, double[] means, int at, double trace) {
      double sum = trace;
      int y = row[index] * posterior.dim();
      for (int j = 0; j < posterior.dim(); j++) {
        sum += (means[at + j] - rows[y + j]) * (means[at + j] - rows[y + j]);
      }
      distance[wanted[index]] = sum;
    }

    double at(int i, double variance) {
      double t = LevelLadder.above(variance, rungs[i]);
      return (1 - t) * distance[2 * i] + t * distance[2 * i + 1];
    }

    /** Slope with respect to log sigma^2. */
    double slope(int i) {
      return LevelLadder.slope(distance[2 * i + 1] - distance[2 * i]);
    }
  }
}
