package dev.tweedie.backend.host;

import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The kernels of the blind family, as {@code tweedie.h} defines them. */
public interface BlindKernels extends SoftmaxKernels<BlindTable> {
  /** Makes the kernels of a thread, with scratch memory of the prior's own. */
  @FunctionalInterface
  interface Maker {
    BlindKernels make(PriorTable prior, int levels, Arena arena);
  }

  /** Writes the outputs that are not null. */
  void finish(
      BlindTable table,
      RowState rows,
      MemorySegment mean,
      MemorySegment levels,
      MemorySegment evidence);
}
