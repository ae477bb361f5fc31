package dev.tweedie.cli;

import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;

/**
 * A run over many rows in batches: its memory does not grow with them, and it can show progress.
 */
final class Batches {
  // At 4 flops each, a fraction of a second for kernels and a few seconds for reference.
  private static final double PRODUCTS_OF_A_THREAD = 1e9;
  // Kernels read a prior once for 32 rows or more.
  private static final long LEAST_ROWS_OF_A_THREAD = 64;
  // 64 digits of 28 x 28: a fraction of a second; a network cuts to its own memory besides.
  private static final long ELEMENTS_OF_A_NETWORK = 64 * 784;
  private static final long LARGEST_BATCH_ELEMENTS = 1 << 26;

  private Batches() {}

  /** Work on rows {@code [begin, begin + count)}. */
  @FunctionalInterface
  interface Batch {
    void run(long begin, long count);
  }

  /** Rows of a batch for this prior. */
  static long size(Denoiser denoiser, int threads) {
    if (!(denoiser instanceof ExactPosterior posterior)) {
      return Math.max(1, ELEMENTS_OF_A_NETWORK / denoiser.dim());
    }
    double products = (double) posterior.components() * posterior.dim();
    long wanted = (long) (PRODUCTS_OF_A_THREAD * threads / products);
    long most = Math.max(1, LARGEST_BATCH_ELEMENTS / posterior.dim());
    return Math.min(most, Math.max(LEAST_ROWS_OF_A_THREAD * threads, wanted));
  }

  /** Runs {@code work} over all rows in order. */
  static void forEach(long rows, int size, Batch work) {
    for (long begin = 0; begin < rows; begin += size) {
      work.run(begin, Math.min(size, rows - begin));
    }
  }
}
