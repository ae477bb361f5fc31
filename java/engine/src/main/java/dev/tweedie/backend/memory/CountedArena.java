package dev.tweedie.backend.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** An arena whose memory a pool counts until it is closed. */
public final class CountedArena implements Arena {
  private final MemoryPool pool;
  private final Arena arena;
  private final AtomicLong taken = new AtomicLong();

  CountedArena(MemoryPool pool, Arena arena) {
    this.pool = pool;
    this.arena = arena;
  }

  /** Another arena, whose memory counts where that of {@code arena} does. */
  public static Arena beside(Arena arena) {
    return arena instanceof CountedArena counted
        ? counted.pool.counted(Arena.ofShared())
        : Arena.ofShared();
  }

  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    pool.reserve(bytes);
    taken.addAndGet(bytes);
    return arena.allocate(bytes, alignment);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
    pool.release(taken.getAndSet(0));
  }
}
