package dev.tweedie.fit;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Kind;
import java.io.Serializable;

/**
 * What to fit and when to stop. The defaults are those of scikit-learn's {@code GaussianMixture}.
 *
 * @param components K
 * @param kind of every covariance
 * @param rank columns of F for {@link Kind#LOW_RANK}, else 0
 * @param seed of the starting points
 * @param restarts starting points; the fit with the largest likelihood is kept
 * @param floor added to every variance; for low rank the smallest tau^2. In units of x squared
 * @param tolerance change of the mean log-likelihood of a row, in nats, under which a fit has
 *     converged
 * @param iterations most iterations of a fit
 * @param circular whether rows are complex, as {@link dev.tweedie.prior.Circular} keeps them, and
 *     covariances circular; the rank then counts complex columns
 */
public record FitOptions(
    int components,
    Kind kind,
    int rank,
    long seed,
    int restarts,
    double floor,
    double tolerance,
    int iterations,
    boolean circular)
    implements Serializable {

  /**
   * @throws InvalidInputException where a number is out of its range
   */
  public FitOptions {
    atLeastOne("components", components);
    atLeastOne("restarts", restarts);
    atLeastOne("iterations", iterations);
    if (kind == Kind.LOW_RANK) {
      atLeastOne("rank", rank);
    }
    if (!(floor > 0) || Double.isInfinite(floor)) {
      throw new InvalidInputException("floor: found " + floor + ", allowed: finite and > 0");
    }
    if (!(tolerance >= 0)) {
      throw new InvalidInputException("tolerance: found " + tolerance + ", allowed: >= 0");
    }
  }

  /** Tolerance 1e-3, floor 1e-6, at most 100 iterations, one start, seed 0. */
  public static FitOptions of(int components, Kind kind) {
    return new FitOptions(
        components, kind, kind == Kind.LOW_RANK ? 1 : 0, 0, 1, 1e-6, 1e-3, 100, false);
  }

  /** As {@link #of}, for {@code F_k} of {@code rank} columns. */
  public static FitOptions lowRank(int components, int rank) {
    return new FitOptions(components, Kind.LOW_RANK, rank, 0, 1, 1e-6, 1e-3, 100, false);
  }

  public FitOptions withSeed(long seed) {
    return new FitOptions(
        components, kind, rank, seed, restarts, floor, tolerance, iterations, circular);
  }

  public FitOptions withRestarts(int restarts) {
    return new FitOptions(
        components, kind, rank, seed, restarts, floor, tolerance, iterations, circular);
  }

  public FitOptions withFloor(double floor) {
    return new FitOptions(
        components, kind, rank, seed, restarts, floor, tolerance, iterations, circular);
  }

  public FitOptions withTolerance(double tolerance) {
    return new FitOptions(
        components, kind, rank, seed, restarts, floor, tolerance, iterations, circular);
  }

  public FitOptions withIterations(int iterations) {
    return new FitOptions(
        components, kind, rank, seed, restarts, floor, tolerance, iterations, circular);
  }

  /** For rows of complex numbers. */
  public FitOptions withCircular(boolean circular) {
    return new FitOptions(
        components, kind, rank, seed, restarts, floor, tolerance, iterations, circular);
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new InvalidInputException(name + ": found " + value + ", allowed: at least 1");
    }
  }
}
