package dev.tweedie.rows;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;

/**
 * Rows {@code [first, first + count)} of a run. Memory is taken once for the largest batch, of
 * which a batch works on the first rows; noise is addressed by a row's number in the run, so that a
 * row has the same bits in any batch. For one thread at a time.
 */
public final class RowBatch {
  private static final long MOST_ROWS = 1L << 32; // rows of a noise address

  private final Engine engine;
  private final long seed;
  private final int largest;
  private long first;
  private int count;

  /**
   * @param seed of all noise
   * @param largest rows, at least 1
   */
  public RowBatch(Engine engine, long seed, int largest) {
    if (largest < 1) {
      throw new InvalidInputException("rows: found " + largest + ", allowed: at least 1");
    }
    this.engine = engine;
    this.seed = seed;
    this.largest = largest;
  }

  /**
   * A new batch.
   *
   * @throws InvalidInputException for more rows than the largest batch has, or than noise has
   *     addresses
   */
  public void begin(long first, long count) {
    if (count < 1 || count > largest) {
      throw new InvalidInputException(
          "rows: found " + count + ", allowed: 1 to " + largest + ", the largest batch");
    }
    if (first < 0 || first > MOST_ROWS - count) {
      throw new InvalidInputException(
          "first row: found " + first + ", allowed: 0 to " + (MOST_ROWS - count));
    }
    this.first = first;
    this.count = (int) count;
  }

  /** Number of the batch's first row within the run. */
  public long first() {
    return first;
  }

  /** Rows of the batch. */
  public int count() {
    return count;
  }

  /** Memory for the largest batch. */
  public Samples memory(int dim) {
    return engine.lasting(largest, dim);
  }

  /** The batch's rows of what {@link #memory} gave. */
  public Samples of(Samples memory) {
    return count == largest ? memory : memory.slice(0, count);
  }

  /** Noise of the batch's rows. */
  public NoiseAddress noise(int stream, int step) {
    return NoiseAddress.of(seed, stream, step).skipRows(first);
  }

  /** Does {@code work} as if the batch began at row 0 of the run. */
  public void atRowZero(Runnable work) {
    long kept = first;
    first = 0;
    try {
      work.run();
    } finally {
      first = kept;
    }
  }

  /**
   * A mean that first rows lie around.
   *
   * @throws InvalidInputException unless it is {@code dim} finite numbers
   */
  public static double[] requireMean(double[] mean, int dim) {
    if (mean.length != dim) {
      throw new InvalidInputException("mean: found " + mean.length + " numbers, allowed: " + dim);
    }
    for (double value : mean) {
      if (!Double.isFinite(value)) {
        throw new InvalidInputException("mean: found " + value + ", allowed: finite numbers");
      }
    }
    return mean;
  }
}
