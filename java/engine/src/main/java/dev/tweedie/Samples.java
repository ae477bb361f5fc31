package dev.tweedie;

import dev.tweedie.backend.Backend;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A batch of vectors, {@code rows x dim}, row-major and contiguous, in the memory of one backend:
 * float32 everywhere but on {@code reference}, which keeps float64. Made by an {@link Engine} and
 * valid until it closes.
 */
public final class Samples {
  private final Backend owner;
  private final MemorySegment segment;
  private final long rows;
  private final int dim;

  /** For backends; users call {@link Engine#samples}. */
  public Samples(Backend owner, MemorySegment segment, long rows, int dim) {
    this.owner = owner;
    this.segment = segment;
    this.rows = rows;
    this.dim = dim;
  }

  public long rows() {
    return rows;
  }

  public int dim() {
    return dim;
  }

  public Precision precision() {
    return owner.precision();
  }

  /** The backend whose memory this is. */
  public Backend owner() {
    return owner;
  }

  /** The elements in place, without a copy. */
  public MemorySegment segment() {
    return segment;
  }

  /** Rows {@code [begin, begin + count)} in place, without a copy. */
  public Samples slice(long begin, long count) {
    if (begin < 0 || count < 0 || begin + count > rows) {
      throw new InvalidInputException(
          "slice: rows [" + begin + ", " + (begin + count) + "), allowed: within " + rows);
    }
    long stride = dim * precision().bytes();
    return new Samples(owner, segment.asSlice(begin * stride, count * stride), count, dim);
  }

  public double get(long row, long column) {
    long at = index(row, column);
    return switch (precision()) {
      case FLOAT32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT, at);
      case FLOAT64 -> segment.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    };
  }

  /** Rounds {@code value} to this batch's precision. */
  public void set(long row, long column, double value) {
    long at = index(row, column);
    switch (precision()) {
      case FLOAT32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) value);
      case FLOAT64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
    }
  }

  private long index(long row, long column) {
    if (row < 0 || row >= rows || column < 0 || column >= dim) {
      throw new IndexOutOfBoundsException(
          "(" + row + ", " + column + ") outside " + rows + " x " + dim);
    }
    return row * dim + column;
  }

  /** Number of the first row with a NaN or an infinity, or -1. */
  public long firstNonFiniteRow() {
    for (long row = 0; row < rows; row++) {
      if (!finite(row * dim)) {
        return row;
      }
    }
    return -1;
  }

  /** Largest exponent field of the row: a maximum of integers, which compiles to vector code. */
  private boolean finite(long at) {
    switch (precision()) {
      case FLOAT32 -> {
        int largest = 0;
        for (int j = 0; j < dim; j++) {
          largest =
              Math.max(
                  largest, segment.getAtIndex(ValueLayout.JAVA_INT, at + j) & Integer.MAX_VALUE);
        }
        return largest < 0x7f800000;
      }
      case FLOAT64 -> {
        long largest = 0;
        for (int j = 0; j < dim; j++) {
          largest =
              Math.max(largest, segment.getAtIndex(ValueLayout.JAVA_LONG, at + j) & Long.MAX_VALUE);
        }
        return largest < 0x7ff0000000000000L;
      }
      default -> throw new AssertionError(precision());
    }
  }

  /** Copies one row, {@code to.length >= dim} numbers. */
  public void readRow(long row, double[] to) {
    long at = index(row, 0);
    switch (precision()) {
      case FLOAT32 -> {
        for (int j = 0; j < dim; j++) {
          to[j] = segment.getAtIndex(ValueLayout.JAVA_FLOAT, at + j);
        }
      }
      case FLOAT64 ->
          MemorySegment.copy(segment, ValueLayout.JAVA_DOUBLE, at * Double.BYTES, to, 0, dim);
    }
  }

  /** A copy of all elements, row-major. */
  public double[] toDoubles() {
    double[] out = new double[Math.toIntExact(rows * dim)];
    switch (precision()) {
      case FLOAT32 -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = segment.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
      }
      case FLOAT64 -> MemorySegment.copy(segment, ValueLayout.JAVA_DOUBLE, 0, out, 0, out.length);
    }
    return out;
  }

  /** A copy of all elements, row-major, rounded to float32. */
  public float[] toFloats() {
    float[] out = new float[Math.toIntExact(rows * dim)];
    switch (precision()) {
      case FLOAT32 -> MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 0, out, 0, out.length);
      case FLOAT64 -> {
        for (int i = 0; i < out.length; i++) {
          out[i] = (float) segment.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        }
      }
    }
    return out;
  }

  /** Overwrites these elements with those of {@code other}, which has the same shape. */
  public void copyFrom(Samples other) {
    if (other.rows != rows || other.dim != dim) {
      throw new InvalidInputException("copy: " + other + " into " + this);
    }
    if (other.precision() == precision()) {
      segment.copyFrom(other.segment);
      return;
    }
    for (long i = 0; i < rows; i++) {
      for (int j = 0; j < dim; j++) {
        set(i, j, other.get(i, j));
      }
    }
  }

  @Override
  public String toString() {
    return rows + " x " + dim;
  }
}
