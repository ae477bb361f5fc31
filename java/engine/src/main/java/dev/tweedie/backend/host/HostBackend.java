package dev.tweedie.backend.host;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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

  public static void requireFinite(Samples x, long begin, long count) {
    requireFinite("x", x, begin, count);
  }

  /**
   * @throws InvalidInputException where one of the rows holds a NaN or an infinity
   */
  public static void requireFinite(String name, Samples x, long begin, long count) {
    long row = x.firstNonFiniteRow(begin, count);
    if (row >= 0) {
      throw new InvalidInputException(
          name + ": found NaN or infinity in row " + row + ", allowed: finite numbers");
    }
  }

  @Override
  public void close() {
    workers.close();
    arena.close();
  }
}
