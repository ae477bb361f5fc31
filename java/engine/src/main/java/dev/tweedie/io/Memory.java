package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory for what a file holds, and the one refusal where there is not enough. */
final class Memory {
  private static final int CACHE_LINE = 64;

  private Memory() {}

  /**
   * Memory of an arena, 64-byte aligned.
   *
   * @throws InvalidInputException in the source's name, where this machine or JVM has not as much
   */
  static MemorySegment allocate(String source, long bytes, Arena arena) {
    try {
      return arena.allocate(bytes, CACHE_LINE);
    } catch (OutOfMemoryError e) {
      throw new InvalidInputException(
          "%s: needs %d bytes of memory; this JVM may take %d (-Xmx or"
                  .formatted(source, bytes, Runtime.getRuntime().maxMemory())
              + " -XX:MaxDirectMemorySize allow more)",
          e);
    }
  }

  /**
   * Refuses, before it is taken, heap that this JVM cannot have.
   *
   * @throws InvalidInputException in the source's name
   */
  static void requireHeap(String source, long bytes) {
    Runtime runtime = Runtime.getRuntime();
    long free = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
    if (bytes > free) {
      throw new InvalidInputException(
          "%s: needs %d bytes of memory; this JVM has %d left (-Xmx allows more)"
              .formatted(source, bytes, free));
    }
  }
}
