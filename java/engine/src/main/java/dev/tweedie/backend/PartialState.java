package dev.tweedie.backend;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The softmax of some rows over the shards of a data set seen so far: see <i>online softmax</i> in
 * the glossary. States of shards merge in the order of the shards, one after another; merging in
 * another order or in pairs gives other bits. {@code ShardPosterior} makes, merges and finishes
 * them.
 *
 * @param top B: running maximum of the logits
 * @param sum B: running sum of weights
 * @param acc {@code B x width}: running weighted sums; empty where they are not wanted
 * @param chosen B: of a draw the point chosen so far, or -1; empty where nothing is drawn
 */
public record PartialState(double[] top, float[] sum, float[] acc, long[] chosen)
    implements Serializable {
  /** Of rows that have seen nothing, where nothing is drawn. */
  public static PartialState empty(int rows, int width) {
    return new PartialState(nowhere(rows), new float[rows], new float[rows * width], new long[0]);
  }

  /** Of rows that have seen nothing, of a draw. */
  public static PartialState undrawn(int rows) {
    long[] chosen = new long[rows];
    Arrays.fill(chosen, -1);
    return new PartialState(nowhere(rows), new float[rows], new float[0], chosen);
  }

  private static double[] nowhere(int rows) {
    double[] top = new double[rows];
    Arrays.fill(top, Double.NEGATIVE_INFINITY);
    return top;
  }

  /** B. */
  public int rows() {
    return top.length;
  }

  /** Weighted sums of a row. */
  public int width() {
    return rows() == 0 ? 0 : acc.length / rows();
  }

  /** Whether a point is drawn for each row. */
  public boolean drawing() {
    return chosen.length > 0;
  }

  /** A copy of one row's. */
  public PartialState row(int row) {
    return rows(row, 1);
  }

  /** A copy of some rows'. */
  public PartialState rows(int first, int count) {
    int width = width();
    return new PartialState(
        Arrays.copyOfRange(top, first, first + count),
        Arrays.copyOfRange(sum, first, first + count),
        Arrays.copyOfRange(acc, first * width, (first + count) * width),
        drawing() ? Arrays.copyOfRange(chosen, first, first + count) : new long[0]);
  }

  /** Copies the one row of {@code from} to a row of this. */
  public void set(int row, PartialState from) {
    top[row] = from.top[0];
    sum[row] = from.sum[0];
    System.arraycopy(from.acc, 0, acc, row * width(), width());
    if (drawing()) {
      chosen[row] = from.chosen[0];
    }
  }
}
