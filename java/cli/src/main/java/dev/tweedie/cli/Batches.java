package dev.tweedie.cli;

import dev.tweedie.posterior.ExactPosterior;

/**
 * A run over many rows in batches: its memory does not grow with them, and it can show progress.
 */
final class Batches {
  // About half a second of one AVX2 core at 4 flops a component and element.
  private static final double PRODUCTS_OF_A_THREAD = 2e9;
  private static final long LEAST_ROWS = 256;
  private static final long LARGEST_BATCH_ELEMENTS = 1 << 26;

  private Batches() {}

  /** Work on rows {@code [begin, begin + count)}. */
  @FunctionalInterface
  interface Batch {
    void run(long begin, long count);
  }

  /** Rows of a batch for this prior. */
  static long size(ExactPosterior posterior, int threads) {
    double products = (double) posterior.components() * posterior.dim();
    long wanted = (long) (PRODUCTS_OF_A_THREAD * threads / products);
    long most = Math.max(1, LARGEST_BATCH_ELEMENTS / posterior.dim());
    return Math.min(most, Math.max(LEAST_ROWS, wanted));
  }

  /** Runs {@code work} over all rows in order. */
  static void forEach(long rows, int size, Batch work) {
    for (long begin = 0; begin < rows; begin += size) {
      work.run(begin, Math.min(size, rows - begin));
    }
  }
}
