package dev.tweedie.backend.java;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies between native memory and arrays, which is what loops compile well over. */
public final class Floats {
  /** Lanes that a transposition fills together: as many rows as stay in the first-level cache. */
  private static final int TOGETHER = 8;

  private Floats() {}

  /** {@code to[at ...] = n elements of from, the first of index first}. */
  static void read(MemorySegment from, long first, float[] to, int at, int n) {
    MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, first * Float.BYTES, to, at, n);
  }

  public static void write(float[] from, int at, MemorySegment to, long first, int n) {
    MemorySegment.copy(from, at, to, ValueLayout.JAVA_FLOAT, first * Float.BYTES, n);
  }

  /** Puts {@code LANES x n} row-major numbers into the lanes of a tile. */
  static void toTile(float[] rows, int n, float[] tile, int tt) {
    for (int l = 0; l < Tile.LANES; l += TOGETHER) {
      for (int j = 0; j < n; j++) {
        int to = tt + j * Tile.LANES + l;
        int from = l * n + j;
        for (int i = 0; i < TOGETHER; i++) {
          tile[to + i] = rows[from + i * n];
        }
      }
    }
  }

  /** The inverse of {@link #toTile}. */
  static void toRows(float[] tile, int tt, int n, float[] rows) {
    for (int l = 0; l < Tile.LANES; l += TOGETHER) {
      for (int j = 0; j < n; j++) {
        int from = tt + j * Tile.LANES + l;
        int to = l * n + j;
        for (int i = 0; i < TOGETHER; i++) {
          rows[to + i * n] = tile[from + i];
        }
      }
    }
  }
}
