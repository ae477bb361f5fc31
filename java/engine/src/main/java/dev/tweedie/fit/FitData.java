package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The rows that a fit is on, taken in chunks: memory beside the rows grows with the dimension and
 * the number of components, not with the number of rows. The size of a chunk depends on shapes
 * alone, so that no sum depends on the number of threads.
 */
final class FitData {
  private static final int CHUNK_ELEMENTS = 1 << 22;
  private static final int CHUNK_ROWS = 8192;

  final Engine engine;
  final Samples rows;
  final int dim;
  final int chunk;
  final double[] mean;
  final double variance; // of an element, about the mean
  private final double[] numbers;
  private final double[] homogeneous;
  private final Samples homogeneousRows;

  /** Work on a chunk: its rows, the same at the start of x, and the number of the first. */
  interface Chunk {
    void on(Samples rows, double[] x, int first);
  }

  FitData(Engine engine, Samples rows, int components) {
    this.engine = engine;
    this.rows = rows;
    this.dim = rows.dim();
    if (rows.rows() > Integer.MAX_VALUE) {
      throw new InvalidInputException("rows: found " + rows.rows() + ", allowed: at most 2^31 - 1");
    }
    long bad = rows.firstNonFiniteRow();
    if (bad >= 0) {
      throw new InvalidInputException(
          "rows: found NaN or infinity in row " + bad + ", allowed: finite numbers");
    }
    int widest = Math.max(dim + 1, components);
    chunk = Math.min(size(), Math.clamp(CHUNK_ELEMENTS / widest, 64, CHUNK_ROWS));
    numbers = new double[chunk * dim];
    homogeneous = new double[chunk * (dim + 1)];
    homogeneousRows = engine.samples(chunk, dim + 1);
    mean = sum((x, j) -> x);
    scale(mean);
    double[] squares = sum((x, j) -> (x - mean[j]) * (x - mean[j]));
    scale(squares);
    double total = 0;
    for (double square : squares) {
      total += square;
    }
    variance = total / dim;
  }

  private interface Term {
    double of(double x, int j);
  }

  private double[] sum(Term term) {
    double[] sums = new double[dim];
    forEachChunk(
        (part, x, _) -> {
          for (int i = 0; i < part.rows() * dim; i += dim) {
            for (int j = 0; j < dim; j++) {
              sums[j] += term.of(x[i + j], j);
            }
          }
        });
    return sums;
  }

  private void scale(double[] sums) {
    for (int j = 0; j < dim; j++) {
      sums[j] /= size();
    }
  }

  /** N. */
  int size() {
    return (int) rows.rows();
  }

  void forEachChunk(Chunk work) {
    for (int first = 0; first < size(); first += chunk) {
      Samples part = rows.slice(first, Math.min(chunk, size() - first));
      part.read(numbers);
      work.on(part, numbers, first);
    }
  }

  /**
   * Components side by side, on as many threads as the engine has: each has sums of its own, so
   * their order does not matter.
   */
  void forEachComponent(int components, IntConsumer work) {
    engine.forEachChunk(
        components,
        1,
        (begin, count) -> {
          for (long k = begin; k < begin + count; k++) {
            work.accept((int) k);
          }
        });
  }

  /**
   * Rows {@code (x - mean, 1)}, {@code B x (d + 1)}: a product with them is an affine map of x,
   * whose last step adds the constant. Valid until the next call.
   */
  Samples homogeneous(double[] x, int count) {
    for (int i = 0; i < count; i++) {
      int to = i * (dim + 1);
      for (int j = 0; j < dim; j++) {
        homogeneous[to + j] = x[i * dim + j] - mean[j];
      }
      homogeneous[to + dim] = 1;
    }
    Samples out = homogeneousRows.slice(0, count);
    out.write(Arrays.copyOf(homogeneous, count * (dim + 1)));
    return out;
  }
}
