package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.RowState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The state of a later shard added to that of all the ones before it. A draw has no sums to add.
 */
final class Merge {
  private final int width;
  private final float[] sums;
  private final float[] added;
  private final Choice choice;

  Merge(PriorTable prior, Choice choice) {
    this.width = prior.kind().width(prior.dim());
    this.choice = choice;
    sums = new float[width * LANES];
    added = new float[width * LANES];
  }

  /** Adds the shard that {@code batch} holds. */
  void add(int shard, RowState into, Batch batch) {
    boolean drawing = !into.chosen().equals(MemorySegment.NULL);
    for (int t = 0; t < batch.tiles; t++) {
      int count = batch.inTile(t);
      long first = (long) t * LANES * width;
      if (!drawing) {
        Floats.read(into.acc(), first, sums, 0, count * width);
      }
      float[] from = drawing ? added : batch.accRows(t);
      for (int i = 0; i < count; i++) {
        int row = t * LANES + i;
        int drawn = drawing ? batch.chosen[row] : -1;
        row(shard, into, row, batch.top[row], batch.sum[row], drawn, drawing, from, i * width);
      }
      if (!drawing) {
        Floats.write(sums, 0, into.acc(), first, count * width);
      }
    }
  }

  /** Adds the shard that {@code from} holds. */
  void add(int shard, RowState into, RowState from) {
    boolean drawing = !into.chosen().equals(MemorySegment.NULL);
    for (long row = 0; row < into.rows(); row++) {
      double top = from.top().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
      float sum = from.sum().getAtIndex(ValueLayout.JAVA_FLOAT, row);
      long drawn = drawing ? from.chosen().getAtIndex(ValueLayout.JAVA_LONG, row) : -1;
      if (!drawing) {
        Floats.read(into.acc(), row * width, sums, 0, width);
        Floats.read(from.acc(), row * width, added, 0, width);
      }
      row(shard, into, row, top, sum, drawn, drawing, added, 0);
      if (!drawing) {
        Floats.write(sums, 0, into.acc(), row * width, width);
      }
    }
  }

  /** The sums at {@code at} are those of the row in both arrays. */
  private void row(
      int shard,
      RowState into,
      long row,
      double top2,
      float sum2,
      long chosen2,
      boolean drawing,
      float[] added,
      int at) {
    double top1 = into.top().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
    double top = top2 > top1 ? top2 : top1;
    float f1 = Formula.weight((float) (top1 - top));
    float f2 = Formula.weight((float) (top2 - top));
    float g2 = sum2 * f2;
    float sum = Math.fma(into.sum().getAtIndex(ValueLayout.JAVA_FLOAT, row), f1, g2);
    into.top().setAtIndex(ValueLayout.JAVA_DOUBLE, row, top);
    into.sum().setAtIndex(ValueLayout.JAVA_FLOAT, row, sum);
    if (!drawing) {
      for (int c = at; c < at + width; c++) {
        sums[c] = Math.fma(sums[c], f1, added[c] * f2);
      }
    } else if (g2 > 0) {
      NoiseAddress noise = into.noise();
      float mass = choice.uniform(noise, shard, into.begin() + row, Choice.OF_SHARD) * sum;
      if (mass <= g2) {
        into.chosen().setAtIndex(ValueLayout.JAVA_LONG, row, chosen2);
      }
    }
  }
}
