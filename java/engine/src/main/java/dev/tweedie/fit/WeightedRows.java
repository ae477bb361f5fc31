package dev.tweedie.fit;

import dev.tweedie.Samples;
import java.util.Arrays;

/**
 * The rows of a run that a component has a share in, as {@code y = sqrt(rho) (x - centre)}: their
 * products are weighted second moments. A row without a share adds nothing and costs nothing, which
 * in high dimension leaves about one component a row.
 */
final class WeightedRows {
  /** Sums within a block are in the backend's precision, those of blocks in float64. */
  private static final int BLOCK = 1024;

  private static final int TRANSPOSED_TOGETHER = 16;

  private final int dim;
  private final int components;
  private final double[] centres;
  private final double[] y;
  private final double[] turned;
  private final Samples rows;
  private final Samples columns;

  /** Work on a block: its rows {@code n x d}, and the same transposed, {@code d x n}. */
  interface Block {
    void on(Samples rows, Samples columns);
  }

  /**
   * @param centres {@code K x d}
   */
  WeightedRows(RunMemory memory, int components, double[] centres) {
    dim = memory.dim;
    this.components = components;
    this.centres = centres;
    int block = Math.min(BLOCK, memory.capacity);
    y = new double[block * dim];
    turned = new double[block * dim];
    rows = memory.samples(block, dim);
    columns = memory.samples(dim, block);
  }

  /** Goes through the rows of component k; their mass and first moment are added to {@code to}. */
  void forEachBlock(int k, Run run, double[] responsibilities, double[] to, Block work) {
    int capacity = (int) rows.rows();
    int count = 0;
    for (int i = 0; i < run.count; i++) {
      double weight = responsibilities[i * components + k];
      if (weight == 0) {
        continue;
      }
      to[0] += weight;
      double root = Math.sqrt(weight);
      int at = count * dim;
      for (int j = 0; j < dim; j++) {
        double gap = run.x[i * dim + j] - centres[k * dim + j];
        to[Moments.FIRST + j] += weight * gap;
        y[at + j] = root * gap;
      }
      if (++count == capacity) {
        run(count, work);
        count = 0;
      }
    }
    if (count > 0) {
      run(count, work);
    }
  }

  private void run(int count, Block work) {
    for (int from = 0; from < count; from += TRANSPOSED_TOGETHER) {
      int end = Math.min(count, from + TRANSPOSED_TOGETHER);
      for (int j = 0; j < dim; j++) {
        for (int i = from; i < end; i++) {
          turned[j * count + i] = y[i * dim + j];
        }
      }
    }
    Samples block = rows.slice(0, count);
    block.write(Arrays.copyOf(y, count * dim));
    Samples transposed = columns.shaped(dim, count);
    transposed.write(Arrays.copyOf(turned, count * dim));
    work.on(block, transposed);
  }
}
