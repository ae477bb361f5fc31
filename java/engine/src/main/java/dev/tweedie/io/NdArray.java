package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.DoublePredicate;

/**
 * Numbers of one type in an array of any rank: C order (last axis fastest), native byte order,
 * without gaps. The data lives as long as its arena; nobody writes to it by way of this.
 *
 * @param type element type
 * @param shape sizes of the axes, outermost first; empty for a scalar
 * @param data exactly product(shape) x type.bytes() bytes
 */
public record NdArray(ElementType type, long[] shape, MemorySegment data) {
  /** The largest array every JVM allows is a little shorter than Integer.MAX_VALUE. */
  static final int MAX_JAVA_LENGTH = Integer.MAX_VALUE - 8;

  private static final int CHUNK = 1 << 14;

  /**
   * @throws InvalidInputException if the data's size is not that of the shape
   */
  public NdArray {
    Objects.requireNonNull(type, "type");
    shape = shape.clone();
    long expected = Shape.byteSize("array", shape, type);
    if (data.byteSize() != expected) {
      throw new InvalidInputException(
          "array: %d bytes of data; %s of shape %s has %d"
              .formatted(data.byteSize(), type, Shape.text(shape), expected));
    }
    data = data.asReadOnly();
  }

  /** A float64 array over a copy of the values. */
  public static NdArray of(double[] values, long... shape) {
    return new NdArray(ElementType.FLOAT64, shape, MemorySegment.ofArray(values.clone()));
  }

  /** A float32 array over a copy of the values. */
  public static NdArray of(float[] values, long... shape) {
    return new NdArray(ElementType.FLOAT32, shape, MemorySegment.ofArray(values.clone()));
  }

  /** An int64 array over a copy of the values. */
  public static NdArray of(long[] values, long... shape) {
    return new NdArray(ElementType.INT64, shape, MemorySegment.ofArray(values.clone()));
  }

  /** A uint8 array over a copy of the values. */
  public static NdArray of(byte[] values, long... shape) {
    return new NdArray(ElementType.UINT8, shape, MemorySegment.ofArray(values.clone()));
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /** Number of axes; 0 for a scalar. */
  public int rank() {
    return shape.length;
  }

  /** Number of elements; 1 for a scalar. */
  public long count() {
    return data.byteSize() / type.bytes();
  }

  /**
   * Complex numbers as real ones, not copied: the last axis is twice as long, with real and
   * imaginary part side by side.
   */
  NdArray parts() {
    long[] parts = shape.length == 0 ? new long[] {1} : shape.clone();
    parts[parts.length - 1] *= 2;
    return new NdArray(type.real(), parts, data);
  }

  /** Element {@code index} in C order, widened. */
  public double getDouble(long index) {
    double[] one = new double[1];
    type.widen(data, Objects.checkIndex(index, count()), one, 1);
    return one[0];
  }

  /**
   * All elements in C order, widened; int64 beyond 2^53 is rounded to nearest.
   *
   * @throws InvalidInputException if there are more elements than a Java array holds
   */
  public double[] toDoubles() {
    double[] values = new double[javaLength()];
    type.widen(data, 0, values, values.length);
    return values;
  }

  /**
   * All elements in C order, rounded to nearest float32.
   *
   * @throws InvalidInputException if there are more elements than a Java array holds
   */
  public float[] toFloats() {
    float[] values = new float[javaLength()];
    copyTo(MemorySegment.ofArray(values), Precision.FLOAT32);
    return values;
  }

  /**
   * Copies all elements in C order as float32 or float64 to the start of {@code to}.
   *
   * @throws IndexOutOfBoundsException if {@code to} is too small
   */
  public void copyTo(MemorySegment to, Precision as) {
    requireRoom(to, as);
    if (type == ElementType.of(as)) {
      MemorySegment.copy(data, 0, to, 0, data.byteSize());
      return;
    }
    double[] chunk = new double[CHUNK];
    float[] floats = new float[CHUNK];
    for (long first = 0; first < count(); first += CHUNK) {
      int size = (int) Math.min(CHUNK, count() - first);
      type.widen(data, first, chunk, size);
      if (as == Precision.FLOAT64) {
        MemorySegment.copy(chunk, 0, to, ValueLayout.JAVA_DOUBLE_UNALIGNED, first * 8, size);
      } else {
        for (int i = 0; i < size; i++) {
          floats[i] = (float) chunk[i];
        }
        MemorySegment.copy(floats, 0, to, ValueLayout.JAVA_FLOAT_UNALIGNED, first * 4, size);
      }
    }
  }

  /**
   * Copies uint8 elements v as v / 255, so that [0, 255] becomes [0, 1]; correctly rounded.
   *
   * @throws IllegalArgumentException if this is not uint8
   * @throws IndexOutOfBoundsException if {@code to} is too small
   */
  public void copyUnitTo(MemorySegment to, Precision as) {
    if (type != ElementType.UINT8) {
      throw new IllegalArgumentException("only uint8 is scaled by 1/255; this array is " + type);
    }
    requireRoom(to, as);
    byte[] bytes = new byte[CHUNK];
    double[] doubles = new double[CHUNK];
    float[] floats = new float[CHUNK];
    for (long first = 0; first < count(); first += CHUNK) {
      int size = (int) Math.min(CHUNK, count() - first);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, first, bytes, 0, size);
      if (as == Precision.FLOAT64) {
        for (int i = 0; i < size; i++) {
          doubles[i] = (bytes[i] & 0xff) / 255.0;
        }
        MemorySegment.copy(doubles, 0, to, ValueLayout.JAVA_DOUBLE_UNALIGNED, first * 8, size);
      } else {
        for (int i = 0; i < size; i++) {
          floats[i] = (bytes[i] & 0xff) / 255f;
        }
        MemorySegment.copy(floats, 0, to, ValueLayout.JAVA_FLOAT_UNALIGNED, first * 4, size);
      }
    }
  }

  private void requireRoom(MemorySegment to, Precision as) {
    Objects.checkFromIndexSize(0, count() * as.bytes(), to.byteSize());
  }

  /** Index of the first NaN or infinity in C order, or -1. */
  long firstNonFinite() {
    if (type == ElementType.FLOAT32 || type == ElementType.FLOAT64) {
      Precision precision = type == ElementType.FLOAT32 ? Precision.FLOAT32 : Precision.FLOAT64;
      return precision.firstNonFinite(data, 0, count());
    }
    return first(value -> !Double.isFinite(value));
  }

  /** Index of the first infinity in C order, or -1. */
  long firstInfinite() {
    return first(Double::isInfinite);
  }

  private long first(DoublePredicate wanted) {
    double[] chunk = new double[CHUNK];
    for (long first = 0; first < count(); first += CHUNK) {
      int size = (int) Math.min(CHUNK, count() - first);
      type.widen(data, first, chunk, size);
      for (int i = 0; i < size; i++) {
        if (wanted.test(chunk[i])) {
          return first + i;
        }
      }
    }
    return -1;
  }

  private int javaLength() {
    if (count() > MAX_JAVA_LENGTH) {
      throw new InvalidInputException(
          "array of shape %s has more elements than a Java array holds; at most 2^31 - 9"
              .formatted(Shape.text(shape)));
    }
    return (int) count();
  }

  /** Equal in type, shape and bytes; a record's own equality would compare array identities. */
  @Override
  public boolean equals(Object other) {
    return other instanceof NdArray that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && data.mismatch(that.data) == -1;
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, Arrays.hashCode(shape));
  }

  /** Type and shape, for example {@code float32 (16, 784)}. */
  @Override
  public String toString() {
    return type + " " + Shape.text(shape);
  }
}
