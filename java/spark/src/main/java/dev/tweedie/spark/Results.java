package dev.tweedie.spark;

import dev.tweedie.Precision;
import dev.tweedie.Samples;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The results of a block, row by row: those of several columns one after another. */
final class Results {
  private final boolean single;
  private final MemorySegment[] parts;
  private final int[] widths;
  private final Precision precision;
  private final int width;

  /**
   * @param single whether rows are float32, else float64
   */
  Results(Samples[] samples, boolean single) {
    this.single = single;
    parts = new MemorySegment[samples.length];
    widths = new int[samples.length];
    for (int p = 0; p < parts.length; p++) {
      parts[p] = samples[p].elements();
      widths[p] = samples[p].dim();
    }
    precision = samples[0].precision();
    width = Arrays.stream(widths).sum();
  }

  /** Numbers of a row. */
  int width() {
    return width;
  }

  /** A new {@code float[]} or {@code double[]}. */
  Object row(int row) {
    Object out = single ? new float[width] : new double[width];
    copyTo(
        row,
        single ? MemorySegment.ofArray((float[]) out) : MemorySegment.ofArray((double[]) out),
        0);
    return out;
  }

  /**
   * Copies a row as {@code float} or {@code double}.
   *
   * @param at of its first byte
   */
  void copyTo(int row, MemorySegment to, long at) {
    boolean same = single == (precision == Precision.FLOAT32);
    for (int p = 0; p < parts.length; p++) {
      long first = (long) row * widths[p];
      if (same) {
        long bytes = (long) widths[p] * precision.bytes();
        MemorySegment.copy(parts[p], first * precision.bytes(), to, at, bytes);
        at += bytes;
      } else if (single) {
        for (int j = 0; j < widths[p]; j++, at += Float.BYTES) {
          double value = parts[p].getAtIndex(ValueLayout.JAVA_DOUBLE, first + j);
          to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) value);
        }
      } else {
        for (int j = 0; j < widths[p]; j++, at += Double.BYTES) {
          float value = parts[p].getAtIndex(ValueLayout.JAVA_FLOAT, first + j);
          to.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, value);
        }
      }
    }
  }
}
