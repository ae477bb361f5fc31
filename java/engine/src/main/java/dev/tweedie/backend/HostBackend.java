package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A backend whose samples lie in host memory and whose work is done by the engine's threads. */
public abstract class HostBackend extends Backend {
  private static final long CACHE_LINE = 64;

  /** Everything this backend allocates, freed once, when the engine closes. */
  protected final Arena arena = Arena.ofShared();

  protected final Workers workers;

  protected HostBackend(Workers workers) {
    this.workers = workers;
  }

  @Override
  protected final MemorySegment doAllocate(long bytes) {
    return arena.allocate(Math.max(bytes, CACHE_LINE), CACHE_LINE).asSlice(0, bytes);
  }

  /** Chunk size that gives every thread a few turns, a multiple of {@code unit}. */
  protected final long chunk(long rows, long unit, long largest) {
    long turns = rows / (4L * workers.threads());
    return Math.clamp(turns / unit * unit, unit, Math.max(unit, largest / unit * unit));
  }

  /**
   * @throws InvalidInputException where one of the rows holds a NaN or an infinity
   */
  protected static void requireFinite(Samples x, long begin, long count) {
    int dim = x.dim();
    for (long row = begin; row < begin + count; row++) {
      if (!finite(x, row * dim, dim)) {
        throw new InvalidInputException(
            "x: found NaN or infinity in row " + row + ", allowed: finite numbers");
      }
    }
  }

  /** Largest exponent field of the row: a maximum of integers, which compiles to vector code. */
  private static boolean finite(Samples x, long at, int dim) {
    MemorySegment segment = x.segment();
    switch (x.precision()) {
      case FLOAT32 -> {
        int largest = 0;
        for (int j = 0; j < dim; j++) {
          largest =
              Math.max(
                  largest, segment.getAtIndex(ValueLayout.JAVA_INT, at + j) & Integer.MAX_VALUE);
        }
        return largest < 0x7f800000;
      }
      case FLOAT64 -> {
        long largest = 0;
        for (int j = 0; j < dim; j++) {
          largest =
              Math.max(largest, segment.getAtIndex(ValueLayout.JAVA_LONG, at + j) & Long.MAX_VALUE);
        }
        return largest < 0x7ff0000000000000L;
      }
      default -> throw new AssertionError(x.precision());
    }
  }

  @Override
  public void close() {
    workers.close();
    arena.close();
  }
}
