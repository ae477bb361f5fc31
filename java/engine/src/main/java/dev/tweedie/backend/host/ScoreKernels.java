package dev.tweedie.backend.host;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.ReverseTable;
import java.lang.foreign.MemorySegment;

/**
 * The kernels of the score, curvature and draw families, as {@code tweedie.h} defines them: the
 * same methods, the same numbers.
 */
public interface ScoreKernels extends SoftmaxKernels<LevelTable> {
  /** Writes the outputs that are not null, and leaves the centred mean in the sums of the state. */
  void finish(
      LevelTable level,
      RowState rows,
      MemorySegment evidence,
      MemorySegment mean,
      MemorySegment score);

  /** Columns {@code [first, last)} of the responsibilities. */
  void responsibilities(LevelTable level, long first, long last, RowState rows, MemorySegment out);

  /** Adds the shard's part of the covariance's diagonal to the state's. */
  void diagonal(LevelTable level, long first, long last, RowState rows);

  /**
   * Adds the shard's part of the covariance times {@code v}, which belongs to the batch, to the
   * state's diagonal.
   */
  void times(LevelTable level, long first, long last, RowState rows, MemorySegment v);

  /** The Gaussian part of the reverse kernel for each row's chosen component. */
  void draw(ReverseTable reverse, RowState rows, MemorySegment out);
}
