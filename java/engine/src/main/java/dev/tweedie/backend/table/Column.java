package dev.tweedie.backend.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Float32 and float64 columns of a table: native memory on a cache-line boundary. Layouts are
 * unaligned nevertheless: the check of an aligned one is not always compiled into a loop.
 */
public final class Column {
  private static final long ALIGNMENT = 64;

  private Column() {}

  public static MemorySegment floats(Arena arena, long count) {
    return arena.allocate(Math.max(count, 1) * Float.BYTES, ALIGNMENT);
  }

  public static MemorySegment doubles(Arena arena, long count) {
    return arena.allocate(Math.max(count, 1) * Double.BYTES, ALIGNMENT);
  }

  static float get(MemorySegment column, long i) {
    return column.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * Float.BYTES);
  }

  static void set(MemorySegment column, long i, double value) {
    column.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * Float.BYTES, (float) value);
  }

  static double getDouble(MemorySegment column, long i) {
    return column.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * Double.BYTES);
  }

  /** Fills {@code to} with the elements from {@code first} on. */
  static void read(MemorySegment column, long first, float[] to) {
    MemorySegment.copy(
        column, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, to, 0, to.length);
  }

  /** Writes {@code from} to the elements from {@code first} on. */
  static void write(float[] from, MemorySegment column, long first) {
    MemorySegment.copy(
        from, 0, column, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, from.length);
  }

  static void setDouble(MemorySegment column, long i, double value) {
    column.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * Double.BYTES, value);
  }
}
