package dev.tweedie.backend.java;

import dev.tweedie.backend.Backend;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.MemorySegment;

/**
 * The noise family over rows of float32 memory. The address is that of row 0 of {@code out}; rows
 * {@code [begin, begin + count)} of it are written.
 */
public interface NoiseKernels {
  void uniform(NoiseAddress at, int dim, MemorySegment out, long begin, long count);

  void normal(NoiseAddress at, int dim, MemorySegment out, long begin, long count);

  /**
   * Element 0 of rows {@code [row, row + count)}, at most {@link Tile#LANES}, at an address whose
   * parts are given: one object a tile of rows and a block of components would be many.
   */
  void firstUniforms(long seed, int stream, int step, int row, int block, int count, float[] out);

  /** Elements {@code [begin, begin + count)}; out may be x. */
  void apply(Backend.Function f, MemorySegment x, MemorySegment out, long begin, long count);
}
