package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.host.RowState;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The state of a later shard added to that of all the ones before it. A draw has no sums to add.
 */
final class Merge {
  private final int width;
  private final int masses;
  private final float[] mass;
  private final float[] sums;
  private final float[] added;
  private final int[] words = new int[4];

  /**
   * @param width weighted sums of a row
   * @param masses of a row
   */
  Merge(int width, int masses) {
    this.width = width;
    this.masses = masses;
    mass = new float[masses];
    sums = new float[width * LANES];
    added = new float[width * LANES];
  }

  /** Adds the shard that {@code batch} holds. */
  void add(int shard, RowState into, Batch batch) {
    boolean drawing = !into.chosen().equals(MemorySegment.NULL);
    for (int t = 0; t < batch.tiles; t++) {
      int count = batch.inTile(t);
      long first = (long) t * LANES * width;
      if (into.summing()) {
        Floats.read(into.acc(), first, sums, 0, count * width);
      }
      float[] from = into.summing() ? batch.accRows(t) : added;
      for (int i = 0; i < count; i++) {
        int row = t * LANES + i;
        for (int s = 0; s < masses; s++) {
          mass[s] = batch.sum[batch.sumOf(t) + s * LANES + i];
        }
        int drawn = drawing ? batch.chosen[row] : -1;
        row(shard, into, row, batch.top[row], drawn, drawing, from, i * width);
      }
      if (into.summing()) {
        Floats.write(sums, 0, into.acc(), first, count * width);
      }
    }
  }

  /** Adds the shard that {@code from} holds. */
  void add(int shard, RowState into, RowState from) {
    boolean drawing = !into.chosen().equals(MemorySegment.NULL);
    for (long row = 0; row < into.rows(); row++) {
      double top = from.top().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
      Floats.read(from.sum(), row * masses, mass, 0, masses);
      long drawn = drawing ? from.chosen().getAtIndex(ValueLayout.JAVA_LONG, row) : -1;
      if (into.summing()) {
        Floats.read(into.acc(), row * width, sums, 0, width);
        Floats.read(from.acc(), row * width, added, 0, width);
      }
      row(shard, into, row, top, drawn, drawing, added, 0);
      if (into.summing()) {
        Floats.write(sums, 0, into.acc(), row * width, width);
      }
    }
  }

  /** The sums at {@code at} are those of the row in both arrays; its masses are in mass. */
  private void row(
      int shard,
      RowState into,
      long row,
      double top2,
      long chosen2,
      boolean drawing,
      float[] added,
      int at) {
    double top1 = into.top().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
    double top = top2 > top1 ? top2 : top1;
    float f1 = Formula.weight((float) (top1 - top));
    float f2 = Formula.weight((float) (top2 - top));
    float g2 = 0;
    float sum = 0;
    into.top().setAtIndex(ValueLayout.JAVA_DOUBLE, row, top);
    for (int s = 0; s < masses; s++) {
      g2 = mass[s] * f2;
      sum = Math.fma(into.sum().getAtIndex(ValueLayout.JAVA_FLOAT, row * masses + s), f1, g2);
      into.sum().setAtIndex(ValueLayout.JAVA_FLOAT, row * masses + s, sum);
    }
    if (into.summing()) {
      for (int c = at; c < at + width; c++) {
        sums[c] = Math.fma(sums[c], f1, added[c] * f2);
      }
    }
    if (drawing && g2 > 0) {
      NoiseAddress noise = into.noise();
      float wanted = Choice.ofShard(noise, shard, into.begin() + row, words) * sum;
      if (wanted <= g2) {
        into.chosen().setAtIndex(ValueLayout.JAVA_LONG, row, chosen2);
      }
    }
  }
}
