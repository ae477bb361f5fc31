package dev.tweedie.cli;

import dev.tweedie.Precision;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;

/**
 * A run over many rows in batches: its memory does not grow with them, and it can show progress.
 */
final class Batches {
  // At 4 flops each, a fraction of a second for kernels, a few seconds for reference.
  private static final double PRODUCTS_OF_A_THREAD = 1.6e10;
  private static final double PRODUCTS_OF_REFERENCE = 1e9;
  // Kernels read a prior once for a group of rows: of whole groups, as many for every thread.
  private static final long GROUP = 64;
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
    boolean reference = posterior.engine().backend().precision() == Precision.FLOAT64;
    double products = (double) posterior.components() * posterior.dim();
    double wanted = (reference ? PRODUCTS_OF_REFERENCE : PRODUCTS_OF_A_THREAD) / products;
    long groups = Math.max(1, (long) (wanted / GROUP));
    long most = Math.max(1, LARGEST_BATCH_ELEMENTS / posterior.dim());
    return Math.min(most, groups * GROUP * threads);
  }

  /** Runs {@code work} over all rows in order. */
  static void forEach(long rows, int size, Batch work) {
    for (long begin = 0; begin < rows; begin += size) {
      work.run(begin, Math.min(size, rows - begin));
    }
  }
}
