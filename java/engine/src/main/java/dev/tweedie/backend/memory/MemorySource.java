package dev.tweedie.backend.memory;

import dev.tweedie.bindings.HostMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Where a pool's blocks come from. */
public interface MemorySource {
  /** {@code bytes} &gt; 0 of undefined content; empty where there is no room. */
  Optional<MemorySegment> allocate(long bytes);

  /** Takes back what {@link #allocate} gave and nobody uses any more. */
  void free(MemorySegment block);

  /** Whether a block may be used by somebody else afterwards. */
  boolean reusable();

  /** Whether several may use parts of one block. */
  default boolean divisible() {
    return reusable();
  }

  /** The memory for as long as {@code life} lasts, keeping {@code owner} reachable. */
  MemorySegment visible(MemorySegment memory, Arena life, Object owner);

  /** The memory of the host. */
  static MemorySource host() {
    return HostMemory.here().<MemorySource>map(OfHost::new).orElseGet(Collected::new);
  }

  /** Of the C library. */
  record OfHost(HostMemory memory) implements MemorySource {
    @Override
    public Optional<MemorySegment> allocate(long bytes) {
      return memory.allocate(bytes);
    }

    @Override
    public void free(MemorySegment block) {
      memory.free(block);
    }

    @Override
    public boolean reusable() {
      return true;
    }

    @Override
    public MemorySegment visible(MemorySegment memory, Arena life, Object owner) {
      return HostMemory.living(memory, life, owner);
    }
  }

  /** Where native access is denied: the garbage collector frees what nobody reaches any more. */
  record Collected() implements MemorySource {
    private static final long CACHE_LINE = 64;

    @Override
    public Optional<MemorySegment> allocate(long bytes) {
      try {
        return Optional.of(Arena.ofAuto().allocate(bytes, CACHE_LINE));
      } catch (OutOfMemoryError e) {
        return Optional.empty();
      }
    }

    @Override
    public void free(MemorySegment block) {}

    @Override
    public boolean reusable() {
      return false;
    }

    @Override
    public MemorySegment visible(MemorySegment memory, Arena life, Object owner) {
      return memory;
    }
  }
}
