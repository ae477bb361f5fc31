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

  /** Columns and rows that a thread writes at a time. */
  private static final int COLUMNS = 16;

  private static final int ROWS = 64;

  private final RunMemory memory;
  private final int dim;
  private final int components;
  private final double[] centres;
  private final int[] starts;
  private final double[] weights;
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
    this.memory = memory;
    dim = memory.dim;
    this.components = components;
    this.centres = centres;
    int block = Math.min(BLOCK, memory.capacity);
    starts = new int[block];
    weights = new double[block];
    rows = memory.samples(block, dim);
    columns = memory.samples(dim, block);
  }

  /** Goes through the rows of component k; their mass and first moment are added to {@code to}. */
  void forEachBlock(int k, Run run, double[] responsibilities, double[] to, Block work) {
    double[] x = run.x();
    int count = 0;
    for (int i = 0; i < run.count; i++) {
      double weight = responsibilities[i * components + k];
      if (weight == 0) {
        continue;
      }
      to[0] += weight;
      starts[count] = i * dim;
      weights[count++] = weight;
      if (count == starts.length) {
        run(k, x, count, to, work);
        count = 0;
      }
    }
    if (count > 0) {
      run(k, x, count, to, work);
    }
  }

  private void run(int k, double[] x, int count, double[] to, Block work) {
    Samples block = rows.slice(0, count);
    Samples transposed = columns.shaped(dim, count);
    memory.engine.forEachChunk(
        count, ROWS, (begin, some) -> writeRows(k, x, block, (int) begin, (int) some));
    memory.engine.forEachChunk(
        dim,
        COLUMNS,
        (begin, some) -> writeColumns(k, x, count, to, transposed, (int) begin, (int) some));
    work.on(block, transposed);
  }

  private void writeRows(int k, double[] x, Samples block, int begin, int some) {
    double[] part = new double[some * dim];
    for (int i = 0; i < some; i++) {
      double root = Math.sqrt(weights[begin + i]);
      int from = starts[begin + i];
      for (int j = 0; j < dim; j++) {
        part[i * dim + j] = root * (x[from + j] - centres[k * dim + j]);
      }
    }
    block.slice(begin, some).write(part);
  }

  /** And the first moments of these columns: each a sum over rows in their order. */
  private void writeColumns(
      int k, double[] x, int count, double[] to, Samples transposed, int begin, int some) {
    double[] part = new double[some * count];
    double[] first = Arrays.copyOfRange(to, Moments.FIRST + begin, Moments.FIRST + begin + some);
    for (int i = 0; i < count; i++) {
      double weight = weights[i];
      double root = Math.sqrt(weight);
      int from = starts[i] + begin;
      for (int j = 0; j < some; j++) {
        double gap = x[from + j] - centres[k * dim + begin + j];
        first[j] += weight * gap;
        part[j * count + i] = root * gap;
      }
    }
    System.arraycopy(first, 0, to, Moments.FIRST + begin, some);
    transposed.slice(begin, some).write(part);
  }
}
