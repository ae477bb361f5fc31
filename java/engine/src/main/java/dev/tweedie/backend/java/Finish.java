package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.host.RowState;
import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** What is written from complete sums: mean, score and evidence, row by row. */
final class Finish {
  /** Numbers of rows that are read and written at once: each copy takes some nanoseconds. */
  private static final int TOGETHER = 512;

  private final Kind kind;
  private final int dim;
  private final int width;
  private final float[] centre;
  private final float[] x;
  private final float[] sums;
  private final float[] others;
  private final float[] mean;
  private final float[] out;

  /** Of some rows: what is read, and what is written. */
  private final float[] rowsOfX;

  private final float[] rowsOfSums;
  private final float[] rowsOfMeans;
  private final float[] rowsOfScores;
  private final float[] totals;
  private final double[] squares = new double[LANES];
  private float[] buffer = {};

  /** What the score of the rows at hand is made of. */
  private boolean scores;

  private boolean pulled;
  private float alpha;
  private float lift;
  private float back;

  /**
   * @param kind of the sums
   * @param width sums of a row
   */
  Finish(PriorTable prior, Kind kind, int width) {
    this.kind = kind;
    this.width = width;
    dim = prior.dim();
    centre = new float[dim];
    Floats.read(prior.centre(), 0, centre, 0, dim);
    x = new float[dim];
    sums = new float[dim];
    others = new float[dim];
    mean = new float[dim];
    out = new float[dim];
    totals = new float[Math.max(1, TOGETHER / width)];
    rowsOfX = new float[totals.length * dim];
    rowsOfSums = new float[totals.length * width];
    rowsOfMeans = new float[totals.length * dim];
    rowsOfScores = new float[totals.length * dim];
  }

  /** Scratch of at least n elements. */
  float[] buffer(int n) {
    if (buffer.length < n) {
      buffer = new float[n];
    }
    return buffer;
  }

  /**
   * Leaves in the sums what the form sums, the centred mean; writes mean and score where they are
   * not null.
   */
  void sums(LevelTable level, RowState rows, MemorySegment means, MemorySegment scores) {
    this.scores = level.form() == Form.SCORES;
    pulled = kind == Kind.ISOTROPIC && level.stride() == 0;
    alpha = (float) level.level().alpha();
    lift = level.lift();
    back = level.back();
    for (long first = 0; first < rows.rows(); first += totals.length) {
      int count = (int) Math.min(totals.length, rows.rows() - first);
      Floats.read(rows.sum(), first, totals, 0, count);
      some(rows, first, count, means, scores);
    }
  }

  /** As {@link #sums} for the mean of one row, whose weights add up to {@code sum}. */
  void row(RowState rows, long row, float sum, MemorySegment means) {
    totals[0] = sum;
    alpha = 1;
    some(rows, row, 1, means, MemorySegment.NULL);
  }

  private void some(
      RowState rows, long first, int count, MemorySegment means, MemorySegment scores) {
    long at = (rows.begin() + first) * dim;
    Floats.read(rows.x(), at, rowsOfX, 0, count * dim);
    Floats.read(rows.acc(), first * width, rowsOfSums, 0, count * width);
    for (int i = 0; i < count; i++) {
      one(i);
    }
    Floats.write(rowsOfSums, 0, rows.acc(), first * width, count * width);
    if (!means.equals(MemorySegment.NULL)) {
      Floats.write(rowsOfMeans, 0, means, at, count * dim);
    }
    if (!scores.equals(MemorySegment.NULL)) {
      Floats.write(rowsOfScores, 0, scores, at, count * dim);
    }
  }

  /**
   * In arrays of its own from index 0 on: a loop over arrays at different indices is no vector
   * code.
   */
  private void one(int i) {
    System.arraycopy(rowsOfX, i * dim, x, 0, dim);
    for (int j = 0; j < dim; j++) {
      x[j] = Math.fma(-alpha, centre[j], x[j]);
    }
    System.arraycopy(rowsOfSums, i * width, sums, 0, dim);
    System.arraycopy(rowsOfSums, i * width + dim, others, 0, width - dim);
    centredMean(1 / totals[i]);
    System.arraycopy(mean, 0, rowsOfSums, i * width, dim);
    for (int j = 0; j < dim; j++) {
      out[j] = mean[j] + centre[j];
    }
    System.arraycopy(out, 0, rowsOfMeans, i * dim, dim);
    score(1 / totals[i]);
    System.arraycopy(out, 0, rowsOfScores, i * dim, dim);
  }

  /** To {@link #out}. */
  private void score(float inverse) {
    if (scores) {
      System.arraycopy(mean, 0, out, 0, dim);
    } else if (pulled) {
      for (int j = 0; j < dim; j++) {
        out[j] = Math.fma(lift, sums[j] * inverse + 0.0f, -x[j]) * back;
      }
    } else {
      for (int j = 0; j < dim; j++) {
        out[j] = Math.fma(lift, mean[j], -x[j]) * back;
      }
    }
  }

  /** Adding zero takes the sign of a zero away, which skipped weights of zero could have left. */
  private void centredMean(float inverse) {
    switch (kind) {
      case ISOTROPIC -> {
        float slope = others[0] * inverse;
        for (int j = 0; j < dim; j++) {
          mean[j] = Math.fma(slope, x[j], sums[j] * inverse) + 0.0f;
        }
      }
      case DIAGONAL -> {
        for (int j = 0; j < dim; j++) {
          mean[j] = Math.fma(sums[j] * inverse, x[j], others[j] * inverse) + 0.0f;
        }
      }
      case LOW_RANK, FULL -> {
        for (int j = 0; j < dim; j++) {
          mean[j] = sums[j] * inverse + 0.0f;
        }
      }
    }
  }

  void evidence(LevelTable level, RowState rows, MemorySegment out) {
    for (long row = 0; row < rows.rows(); row++) {
      double value = logEvidence(level, rows, row);
      out.setAtIndex(ValueLayout.JAVA_FLOAT, rows.begin() + row, (float) value);
    }
  }

  /** As {@link #evidence}, with the |x'|^2 that logits of one shared variance leave out. */
  void sharedEvidence(
      LevelTable level, RowState rows, Batch batch, Refinement refinement, MemorySegment out) {
    double half = level.half().getAtIndex(ValueLayout.JAVA_DOUBLE, 0);
    for (int t = 0; t < batch.tiles; t++) {
      squaredNorms(batch.x, batch.xOf(t));
      for (int l = 0; l < batch.inTile(t); l++) {
        int row = t * LANES + l;
        double value = logEvidence(level, rows, row);
        if (!refinement.isRefined(row)) {
          value = Math.fma(-half, squares[l], value);
        }
        out.setAtIndex(ValueLayout.JAVA_FLOAT, rows.begin() + row, (float) value);
      }
    }
  }

  private static double logEvidence(LevelTable level, RowState rows, long row) {
    double top = rows.top().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
    float sum = rows.sum().getAtIndex(ValueLayout.JAVA_FLOAT, row);
    return logMass(level.offset(), top, sum);
  }

  static double logMass(double offset, double top, float sum) {
    return offset + (top + Formula.log(sum));
  }

  private void squaredNorms(float[] x, int xt) {
    Arrays.fill(squares, 0);
    for (int j = 0; j < dim; j++) {
      int at = xt + j * LANES;
      for (int l = 0; l < LANES; l++) {
        double value = x[at + l];
        squares[l] = Math.fma(value, value, squares[l]);
      }
    }
  }
}
