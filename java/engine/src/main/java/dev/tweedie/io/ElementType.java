package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The number types of array files; the names are NumPy's. */
public enum ElementType {
  FLOAT16("f2", ValueLayout.JAVA_SHORT_UNALIGNED),
  FLOAT32("f4", ValueLayout.JAVA_FLOAT_UNALIGNED),
  FLOAT64("f8", ValueLayout.JAVA_DOUBLE_UNALIGNED),
  UINT8("u1", ValueLayout.JAVA_BYTE),
  INT8("i1", ValueLayout.JAVA_BYTE),
  UINT16("u2", ValueLayout.JAVA_SHORT_UNALIGNED),
  INT16("i2", ValueLayout.JAVA_SHORT_UNALIGNED),
  UINT32("u4", ValueLayout.JAVA_INT_UNALIGNED),
  INT32("i4", ValueLayout.JAVA_INT_UNALIGNED),
  INT64("i8", ValueLayout.JAVA_LONG_UNALIGNED),
  BOOL("b1", ValueLayout.JAVA_BYTE),
  /** Two float32, real and imaginary part. */
  COMPLEX64("c8", ValueLayout.JAVA_FLOAT_UNALIGNED),
  /** Two float64, real and imaginary part. */
  COMPLEX128("c16", ValueLayout.JAVA_DOUBLE_UNALIGNED);

  private final String code;
  private final ValueLayout layout;

  ElementType(String code, ValueLayout layout) {
    this.code = code;
    this.layout = layout;
  }

  /** Bytes of one element. */
  public int bytes() {
    return parts() * (int) layout.byteSize();
  }

  /** Whether an element has a real and an imaginary part. */
  public boolean isComplex() {
    return parts() == 2;
  }

  private int parts() {
    return this == COMPLEX64 || this == COMPLEX128 ? 2 : 1;
  }

  /** The type of complex numbers of that precision. */
  public static ElementType complexOf(Precision precision) {
    return precision == Precision.FLOAT32 ? COMPLEX64 : COMPLEX128;
  }

  /** The type of a part of a complex number; that of a real one is its own. */
  ElementType real() {
    return switch (this) {
      case COMPLEX64 -> FLOAT32;
      case COMPLEX128 -> FLOAT64;
      default -> this;
    };
  }

  /** The type of numbers of that precision. */
  public static ElementType of(Precision precision) {
    return precision == Precision.FLOAT32 ? FLOAT32 : FLOAT64;
  }

  /** NumPy's name, such as {@code float32}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** NumPy's short code, such as {@code f4}. */
  String code() {
    return code;
  }

  /** All names, for error messages. */
  static String names() {
    return Arrays.stream(values()).map(ElementType::toString).collect(Collectors.joining(", "));
  }

  /** The type with that code or name, or null. */
  static @Nullable ElementType ofCode(String code) {
    for (ElementType type : values()) {
      if (type.code.equals(code) || type.toString().equals(code)) {
        return type;
      }
    }
    return null;
  }

  /** Copies {@code count} elements and turns their bytes from {@code order} into native order. */
  void copy(MemorySegment from, ByteOrder order, MemorySegment to, long count) {
    MemorySegment.copy(from, layout.withOrder(order), 0, to, layout, 0, parts() * count);
  }

  /**
   * Widens the {@code count} elements from index {@code first} on into {@code to}. Exact for every
   * type but int64, whose magnitudes beyond 2^53 are rounded to nearest.
   */
  void widen(MemorySegment from, long first, double[] to, int count) {
    // Through a Java array, since a loop over a segment is many times slower until it is compiled,
    // and most files are read once.
    long at = first * bytes();
    switch (this) {
      case FLOAT16 -> {
        short[] values = new short[count];
        MemorySegment.copy(from, ValueLayout.JAVA_SHORT_UNALIGNED, at, values, 0, count);
        for (int i = 0; i < count; i++) {
          to[i] = Float.float16ToFloat(values[i]);
        }
      }
      case FLOAT32 -> {
        float[] values = new float[count];
        MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, at, values, 0, count);
        for (int i = 0; i < count; i++) {
          to[i] = values[i];
        }
      }
      case FLOAT64 -> MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE_UNALIGNED, at, to, 0, count);
      case UINT8, INT8, BOOL -> {
        byte[] values = new byte[count];
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, values, 0, count);
        int mask = this == INT8 ? -1 : 0xff;
        for (int i = 0; i < count; i++) {
          to[i] = values[i] & mask;
        }
      }
      case UINT16, INT16 -> {
        short[] values = new short[count];
        MemorySegment.copy(from, ValueLayout.JAVA_SHORT_UNALIGNED, at, values, 0, count);
        int mask = this == INT16 ? -1 : 0xffff;
        for (int i = 0; i < count; i++) {
          to[i] = values[i] & mask;
        }
      }
      case UINT32, INT32 -> {
        int[] values = new int[count];
        MemorySegment.copy(from, ValueLayout.JAVA_INT_UNALIGNED, at, values, 0, count);
        long mask = this == INT32 ? -1L : 0xffffffffL;
        for (int i = 0; i < count; i++) {
          to[i] = values[i] & mask;
        }
      }
      case COMPLEX64, COMPLEX128 ->
          throw new InvalidInputException(
              "array: found " + this + ", allowed: real numbers; its parts are an array of them");
      case INT64 -> {
        long[] values = new long[count];
        MemorySegment.copy(from, ValueLayout.JAVA_LONG_UNALIGNED, at, values, 0, count);
        for (int i = 0; i < count; i++) {
          to[i] = values[i];
        }
      }
    }
  }
}
