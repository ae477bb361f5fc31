package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.Kind;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.RowState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** What is written from complete sums: mean, score and evidence, row by row. */
final class Finish {
  private final Kind kind;
  private final int dim;
  private final int width;
  private final float[] centre;
  private final float[] x;
  private final float[] sums;
  private final float[] others;
  private final float[] mean;
  private final float[] out;
  private final double[] squares = new double[LANES];
  private float[] buffer = {};

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
  }

  /** Scratch of at least n elements. */
  float[] buffer(int n) {
    if (buffer.length < n) {
      buffer = new float[n];
    }
    return buffer;
  }

  /** Leaves the centred mean in the sums; writes mean and score where they are not null. */
  void sums(LevelTable level, RowState rows, MemorySegment means, MemorySegment scores) {
    float alpha = (float) level.level().alpha();
    double sigma = level.level().sigma();
    float perVariance = (float) (1 / (sigma * sigma));
    for (long row = 0; row < rows.rows(); row++) {
      float sum = rows.sum().getAtIndex(ValueLayout.JAVA_FLOAT, row);
      row(alpha, perVariance, rows, row, sum, means, scores);
    }
  }

  /** As {@link #sums} for one row, whose weights add up to {@code sum}. */
  void row(
      float alpha,
      float perVariance,
      RowState rows,
      long row,
      float sum,
      MemorySegment means,
      MemorySegment scores) {
    long at = (rows.begin() + row) * dim;
    Floats.read(rows.x(), at, x, 0, dim);
    for (int j = 0; j < dim; j++) {
      x[j] = Math.fma(-alpha, centre[j], x[j]);
    }
    Floats.read(rows.acc(), row * width, sums, 0, dim);
    // of its own from index 0 on: a loop over arrays at different indices is no vector code
    Floats.read(rows.acc(), row * width + dim, others, 0, width - dim);
    centredMean(1 / sum);
    Floats.write(mean, 0, rows.acc(), row * width, dim);
    if (!means.equals(MemorySegment.NULL)) {
      for (int j = 0; j < dim; j++) {
        out[j] = mean[j] + centre[j];
      }
      Floats.write(out, 0, means, at, dim);
    }
    if (!scores.equals(MemorySegment.NULL)) {
      for (int j = 0; j < dim; j++) {
        out[j] = Math.fma(alpha, mean[j], -x[j]) * perVariance;
      }
      Floats.write(out, 0, scores, at, dim);
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
