package dev.tweedie.backend.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A level of components with variances of their own: diagonal, low rank or full. */
abstract class SpectralLevel extends LevelTable {
  final double[] logits;
  final LogitBound errors;
  final MemorySegment half;

  /**
   * @param halves numbers of {@link #half}
   */
  SpectralLevel(PriorTable prior, long halves, Arena arena) {
    logits = new double[prior.components()];
    errors = new LogitBound(prior.components(), prior.dim(), arena);
    half = Column.doubles(arena, halves);
  }

  /** Takes {@link #logits}, all of them set, and {@link #errors}, all of them added. */
  final void fillLogits(int dim) {
    fillBias(logits, dim);
    errors.finish(logits, largestBias(dim));
  }

  @Override
  public final MemorySegment constant() {
    return errors.constant();
  }

  @Override
  public final MemorySegment half() {
    return half;
  }

  @Override
  public final MemorySegment steep() {
    return errors.steep();
  }

  @Override
  public final MemorySegment far() {
    return errors.far();
  }

  @Override
  public final float errorScale() {
    return errors.scale();
  }

  @Override
  public final float reach() {
    return errors.reach();
  }

  @Override
  public final float bound() {
    return errors.bound();
  }

  @Override
  public final float widestHalf() {
    return errors.widestHalf();
  }
}
