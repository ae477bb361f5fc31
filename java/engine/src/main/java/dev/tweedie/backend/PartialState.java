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
 * @param acc {@code B x width}: running weighted sums; empty where only the evidence is wanted
 */
public record PartialState(double[] top, float[] sum, float[] acc) implements Serializable {
  /** Of rows that have seen nothing. */
  public static PartialState empty(int rows, int width) {
    double[] top = new double[rows];
    Arrays.fill(top, Double.NEGATIVE_INFINITY);
    return new PartialState(top, new float[rows], new float[rows * width]);
  }

  /** B. */
  public int rows() {
    return top.length;
  }

  /** Weighted sums of a row. */
  public int width() {
    return rows() == 0 ? 0 : acc.length / rows();
  }

  /** A copy of one row's. */
  public PartialState row(int row) {
    int width = width();
    return new PartialState(
        new double[] {top[row]},
        new float[] {sum[row]},
        Arrays.copyOfRange(acc, row * width, (row + 1) * width));
  }

  /** Copies the one row of {@code from} to a row of this. */
  public void set(int row, PartialState from) {
    top[row] = from.top[0];
    sum[row] = from.sum[0];
    System.arraycopy(from.acc, 0, acc, row * width(), width());
  }
}
