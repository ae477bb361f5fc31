package dev.tweedie.backend.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Means that are bytes, {@code low + unit q} with q from 0 to 255, as the pixels of images are:
 * {@code tweedie_bytes}.
 */
public final class ByteTable {
  /** Bytes that a kernel reads at once: the row of a point is a whole number of them. */
  private static final int VECTOR = 16;

  private static final int LARGEST = 255;

  /**
   * Share of the largest value that a mean may be off its byte: two roundings to float32, of the
   * value itself and of its distance from the centre.
   */
  private static final double TOLERANCE = 0x1p-22;

  private final PriorTable prior;
  private final double low;
  private final double unit;
  private final MemorySegment values;
  private final long stride;
  private final float norm;
  private final float slack;
  private final float largest;

  private ByteTable(PriorTable prior, double low, double unit, Arena arena) {
    this.prior = prior;
    this.low = (float) low;
    this.unit = (float) unit;
    stride = (prior.dim() + VECTOR - 1L) / VECTOR * VECTOR;
    values = arena.allocate(prior.components() * stride, VECTOR);
    double largestNorm = 0;
    double largestSlack = 0;
    double largestMean = 0;
    for (int k = 0; k < prior.components(); k++) {
      double square = 0;
      double off = 0;
      double centred = 0;
      for (int j = 0; j < prior.dim(); j++) {
        double value = uncentred(k, j);
        long q = Math.round((value - this.low) / this.unit);
        values.set(ValueLayout.JAVA_BYTE, k * stride + j, (byte) q);
        double pixel = this.unit * q;
        square += pixel * pixel;
        off += (value - this.low - pixel) * (value - this.low - pixel);
        centred += prior.mean(k, j) * prior.mean(k, j);
      }
      largestNorm = Math.max(largestNorm, square);
      largestSlack = Math.max(largestSlack, off);
      largestMean = Math.max(largestMean, centred);
    }
    largest = (float) Math.sqrt(largestMean);
    norm = Math.nextUp((float) Math.sqrt(largestNorm));
    slack = Math.nextUp((float) Math.sqrt(largestSlack));
  }

  /**
   * The means of {@code prior} as bytes in {@code arena}, or null where they are none. The fewest
   * steps between the least and the greatest value are taken that all others lie on.
   */
  static @Nullable ByteTable of(PriorTable prior, Arena arena) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < prior.components(); k++) {
      for (int j = 0; j < prior.dim(); j++) {
        double value = prior.prior.mean(k, j);
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    double tolerance = TOLERANCE * Math.max(Math.abs(low), Math.abs(high));
    for (int steps = 1; low < high && steps <= LARGEST; steps++) {
      double unit = (high - low) / steps;
      if (unit > 4 * tolerance && fits(prior, low, unit, tolerance)) {
        return new ByteTable(prior, low, unit, arena);
      }
    }
    return null;
  }

  private static boolean fits(PriorTable prior, double low, double unit, double tolerance) {
    for (int k = 0; k < prior.components(); k++) {
      for (int j = 0; j < prior.dim(); j++) {
        double above = prior.prior.mean(k, j) - low;
        if (!(Math.abs(above - unit * Math.rint(above / unit)) <= tolerance)) {
          return false;
        }
      }
    }
    return true;
  }

  /** As kernels see it: their centred mean and their centre together. */
  private double uncentred(int k, int j) {
    return prior.mean(k, j) + (double) Column.get(prior.centre(), j);
  }

  /** {@code K x stride} bytes, zeros from dim on. */
  public MemorySegment values() {
    return values;
  }

  public long stride() {
    return stride;
  }

  /** The value of byte 0. */
  public float low() {
    return (float) low;
  }

  /** From one byte's value to the next one's. */
  public float unit() {
    return (float) unit;
  }

  /** The largest norm of a mean less {@code low}. */
  public float norm() {
    return norm;
  }

  /** The largest norm of a centred mean. */
  public float largest() {
    return largest;
  }

  /** How far a mean is from its bytes, at most. */
  public float slack() {
    return slack;
  }
}
