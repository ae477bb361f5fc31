package dev.tweedie.backend.memory;

import dev.tweedie.SampleOwner.Piece;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A block of a pool as samples take it. */
public record Leased(MemoryPool.Lease lease) implements Piece {
  public static Leased of(MemoryPool pool, long bytes) {
    return new Leased(pool.take(bytes));
  }

  @Override
  public MemorySegment memory() {
    return lease.memory();
  }

  @Override
  public MemorySegment visible(Arena life) {
    return lease.visible(life);
  }

  @Override
  public void free() {
    lease.free();
  }
}
