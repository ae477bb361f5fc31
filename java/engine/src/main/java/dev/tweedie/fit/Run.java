package dev.tweedie.fit;

import dev.tweedie.Samples;

/** Rows that follow one another, as a pass sees them: valid until its next run. */
public final class Run {
  final long first;
  final int count;
  final Samples rows; // B x d
  final double[] x; // the same numbers, at the start
  final RunNotes notes;
  private final double[] weights; // null where every row counts once

  Run(long first, int count, Samples rows, double[] x, double[] weights, RunNotes notes) {
    this.first = first;
    this.count = count;
    this.rows = rows;
    this.x = x;
    this.weights = weights;
    this.notes = notes;
  }

  /** How often a row counts. */
  double weight(int row) {
    return weights == null ? 1 : weights[row];
  }

  boolean weighted() {
    return weights != null;
  }
}
