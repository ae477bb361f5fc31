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

  /** A new {@code float[]} or {@code double[]}. */
  Object row(int row) {
    return single ? floats(row) : doubles(row);
  }

  private float[] floats(int row) {
    if (precision == Precision.FLOAT64) {
      double[] exact = doubles(row);
      float[] rounded = new float[width];
      for (int j = 0; j < width; j++) {
        rounded[j] = (float) exact[j];
      }
      return rounded;
    }
    float[] out = new float[width];
    int to = 0;
    for (int p = 0; p < parts.length; p++) {
      long from = (long) row * widths[p] * Float.BYTES;
      MemorySegment.copy(parts[p], ValueLayout.JAVA_FLOAT, from, out, to, widths[p]);
      to += widths[p];
    }
    return out;
  }

  private double[] doubles(int row) {
    double[] out = new double[width];
    if (precision == Precision.FLOAT32) {
      float[] exact = floats(row);
      for (int j = 0; j < width; j++) {
        out[j] = exact[j];
      }
      return out;
    }
    int to = 0;
    for (int p = 0; p < parts.length; p++) {
      long from = (long) row * widths[p] * Double.BYTES;
      MemorySegment.copy(parts[p], ValueLayout.JAVA_DOUBLE, from, out, to, widths[p]);
      to += widths[p];
    }
    return out;
  }
}
