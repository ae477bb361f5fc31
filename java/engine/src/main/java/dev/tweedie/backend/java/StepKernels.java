package dev.tweedie.backend.java;

import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The step family over rows {@code [begin, begin + count)} of float32 memory. */
public interface StepKernels {
  /**
   * What a step reads and writes.
   *
   * @param coefficients a, b, c, e of row i at {@code 4 i stride}
   * @param stride 1, or 0 where all rows share one set
   * @param denoised null where that term is left out, as {@code previous} and {@code noise}
   * @param noise address of row 0
   */
  record Terms(
      int dim,
      MemorySegment coefficients,
      int stride,
      MemorySegment x,
      @Nullable MemorySegment denoised,
      @Nullable MemorySegment previous,
      @Nullable NoiseAddress noise,
      MemorySegment out) {
    /** Which of a, b, c, e (0 to 3) of a row. */
    public float coefficient(long row, int which) {
      return coefficients.getAtIndex(ValueLayout.JAVA_FLOAT, 4 * row * stride + which);
    }
  }

  /** {@code out = fma(e, z, fma(c, previous, fma(b, denoised, a x)))}. */
  void step(Terms terms, long begin, long count);

  /** {@code out[i] = |x_i - y_i|^2}: element j in lane j % 16, lanes folded 8, 4, 2, 1. */
  void residual(
      int dim, MemorySegment x, MemorySegment y, MemorySegment out, long begin, long count);
}
