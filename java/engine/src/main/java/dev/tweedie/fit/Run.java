package dev.tweedie.fit;

import dev.tweedie.Samples;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rows that follow one another, as a pass sees them: valid until its next run. */
public final class Run {
  /** Some lines of a cache, so that threads seldom share one. */
  private static final int COLUMNS = 64;

  final long first;
  final int count;
  final Samples rows; // B x d
  final RunNotes notes;
  private final Optional<double[]> weights; // empty where every row counts once
  private final RunMemory memory;
  private double @Nullable [] x;

  Run(long first, Samples rows, RunMemory memory, Optional<double[]> weights, RunNotes notes) {
    this.first = first;
    this.count = (int) rows.rows();
    this.rows = rows;
    this.memory = memory;
    this.weights = weights;
    this.notes = notes;
  }

  /** The numbers of the rows, from the start on; read once, by a pass that needs them. */
  double[] x() {
    if (x == null) {
      x = memory.numbers(rows);
    }
    return x;
  }

  /** The numbers of one row. */
  double[] row(int at) {
    return rows.slice(at, 1).toDoubles();
  }

  /** Columns side by side, on all threads: sums over rows have each column's own order. */
  void forEachColumns(int dim, Columns work) {
    memory.engine.forEachChunk(
        dim, COLUMNS, (begin, count) -> work.on((int) begin, (int) (begin + count)));
  }

  /** Work on the columns from {@code begin} to below {@code end}. */
  interface Columns {
    void on(int begin, int end);
  }

  /** How often a row counts. */
  double weight(int row) {
    return weights.isEmpty() ? 1 : weights.get()[row];
  }

  boolean weighted() {
    return weights.isPresent();
  }
}
