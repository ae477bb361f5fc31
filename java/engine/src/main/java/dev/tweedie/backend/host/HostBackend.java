package dev.tweedie.backend.host;

import dev.tweedie.InvalidInputException;
import dev.tweedie.MemoryUsage;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.FiniteResults;
import dev.tweedie.backend.memory.Leased;
import dev.tweedie.backend.memory.MemoryPool;
import dev.tweedie.backend.memory.MemorySource;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;

/** A backend whose samples lie in host memory and whose work is done by the engine's threads. */
public abstract class HostBackend extends Backend {
  private final MemoryPool pool =
      new MemoryPool("host", MemorySource.host(), new Object(), () -> {});

  /** Everything this backend allocates beside samples, freed once, when the engine closes. */
  protected final Arena arena = counted();

  protected final Workers workers;

  protected HostBackend(Workers workers) {
    this.workers = workers;
  }

  /** An arena whose memory counts as this backend's. */
  protected final Arena counted() {
    return pool.counted(Arena.ofShared());
  }

  @Override
  protected final Piece doAllocate(long bytes) {
    return Leased.of(pool, bytes);
  }

  @Override
  public final MemoryUsage memory() {
    return pool.usage();
  }

  @Override
  public final void limitMemory(long limit, long cacheLimit) {
    pool.limit(limit, cacheLimit);
  }

  public static void requireFinite(Samples x, long begin, long count) {
    requireFinite("x", x, begin, count);
  }

  /**
   * @throws InvalidInputException where one of the rows holds a NaN or an infinity
   */
  public static void requireFinite(String name, Samples x, long begin, long count) {
    long numbers = count * x.dim();
    long at = x.precision().firstNonFinite(x.address(), begin * x.dim(), numbers);
    if (at >= 0) {
      long row = at / x.dim();
      throw new InvalidInputException(
          name + ": found NaN or infinity in row " + row + ", allowed: finite numbers");
    }
  }

  /**
   * @throws InvalidInputException where one of the rows of a result holds a NaN or an infinity
   */
  protected static void requireFiniteResult(String name, Samples out, long begin, long count) {
    long numbers = count * out.dim();
    long at = out.precision().firstNonFinite(out.address(), begin * out.dim(), numbers);
    if (at >= 0) {
      throw FiniteResults.refused(name, at / out.dim(), out.precision());
    }
  }

  @Override
  public void close() {
    hideSamples();
    workers.close();
    arena.close();
    pool.close();
  }
}
