package dev.tweedie.metric;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/**
 * Wasserstein-2 distances between samples, each of equal weight. Two samples of n numbers from one
 * law of standard deviation s are not at 0 but at about {@code s / sqrt(n)}: compare with that.
 */
public final class Wasserstein {
  private Wasserstein() {}

  /**
   * On the line: {@code sqrt(integral_0^1 (F^-1(p) - G^-1(p))^2 dp)}, exact for the two samples,
   * which may differ in number.
   *
   * @throws InvalidInputException where one is empty or holds a NaN or an infinity
   */
  public static double line(double[] a, double[] b) {
    return Math.sqrt(squared(sorted(a, x -> x), sorted(b, x -> x)));
  }

  /** As {@link #line}, of the absolute values. Blind to how two mirrored modes share the weight. */
  public static double folded(double[] a, double[] b) {
    return Math.sqrt(squared(sorted(a, Math::abs), sorted(b, Math::abs)));
  }

  /**
   * Sliced: root of the mean over random directions of the squared distance of the projections
   * (Rabin et al. 2012). At most the distance itself over sqrt(d); equal to it for d = 1.
   * Projections are the engine's products, of rows less a common centre: each is within {@code (d +
   * 2) u} of its row's distance from the centre, u half of the distance from 1 to the engine's next
   * number.
   *
   * @param engine that both belong to
   * @param a {@code A x d}
   * @param b {@code B x d}
   * @param projections directions, uniform on the sphere
   * @param seed of the directions
   */
  public static double sliced(Engine engine, Samples a, Samples b, int projections, long seed) {
    if (a.dim() != b.dim()) {
      throw new InvalidInputException(
          "samples: found dimension " + b.dim() + ", allowed: " + a.dim());
    }
    if (projections < 1) {
      throw new InvalidInputException(
          "projections: found " + projections + ", allowed: at least 1");
    }
    double[][] all = directions(a.dim(), projections, seed);
    double[] centre = Projections.centre(engine, b);
    double[] squares = new double[projections];
    for (int begin = 0; begin < projections; begin += Projections.MOST) {
      int count = Math.min(Projections.MOST, projections - begin);
      double[][] directions = Arrays.copyOfRange(all, begin, begin + count);
      double[][] first = Projections.of(engine, a, centre, directions);
      double[][] second = Projections.of(engine, b, centre, directions);
      int done = begin;
      engine.forEachChunk(
          count,
          1,
          (from, length) -> {
            for (int p = (int) from; p < from + length; p++) {
              squares[done + p] = squared(sorted(first[p], x -> x), sorted(second[p], x -> x));
            }
          });
    }
    return Math.sqrt(Arrays.stream(squares).sum() / projections);
  }

  /**
   * The directions of {@link #sliced}, for who projects rows that are elsewhere.
   *
   * @return {@code projections x dim}, unit vectors
   */
  public static double[][] directions(int dim, int projections, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] directions = new double[projections][];
    for (int p = 0; p < projections; p++) {
      directions[p] = direction(random, dim);
    }
    return directions;
  }

  private static double[] direction(SplittableRandom random, int dim) {
    double[] direction = new double[dim];
    double squares = 0;
    for (int j = 0; j < dim; j++) {
      direction[j] = random.nextGaussian();
      squares += direction[j] * direction[j];
    }
    for (int j = 0; j < dim; j++) {
      direction[j] /= Math.sqrt(squares);
    }
    return direction;
  }

  private static double[] sorted(double[] values, DoubleUnaryOperator map) {
    if (values.length == 0) {
      throw new InvalidInputException("samples: found none, allowed: at least one");
    }
    double[] out = Arrays.stream(values).map(map).sorted().toArray();
    // Sorting puts a NaN last.
    if (!Double.isFinite(out[0]) || !Double.isFinite(out[out.length - 1])) {
      throw new InvalidInputException("samples: found NaN or Inf, allowed: finite numbers");
    }
    return out;
  }

  /** Between the jumps of both quantile functions, which lie at i / A and j / B, both are flat. */
  private static double squared(double[] a, double[] b) {
    double sum = 0;
    double done = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      // In units of 1 / (A B), where the jumps are whole numbers and ties are exact.
      double nextA = (i + 1.0) * b.length;
      double nextB = (j + 1.0) * a.length;
      double next = Math.min(nextA, nextB);
      double difference = a[i] - b[j];
      sum += (next - done) * difference * difference;
      done = next;
      i += nextA <= nextB ? 1 : 0;
      j += nextB <= nextA ? 1 : 0;
    }
    return sum / ((double) a.length * b.length);
  }
}
