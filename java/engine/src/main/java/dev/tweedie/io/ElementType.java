package dev.tweedie.io;

import dev.tweedie.Precision;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The number types of array files; the names are NumPy's. */
public enum ElementType {
  FLOAT32("f4", ValueLayout.JAVA_FLOAT_UNALIGNED),
  FLOAT64("f8", ValueLayout.JAVA_DOUBLE_UNALIGNED),
  UINT8("u1", ValueLayout.JAVA_BYTE),
  INT8("i1", ValueLayout.JAVA_BYTE),
  UINT16("u2", ValueLayout.JAVA_SHORT_UNALIGNED),
  INT16("i2", ValueLayout.JAVA_SHORT_UNALIGNED),
  UINT32("u4", ValueLayout.JAVA_INT_UNALIGNED),
  INT32("i4", ValueLayout.JAVA_INT_UNALIGNED),
  INT64("i8", ValueLayout.JAVA_LONG_UNALIGNED),
  BOOL("b1", ValueLayout.JAVA_BYTE);

  /** All names, for error messages. */
  static final String NAMES =
      Arrays.stream(values()).map(ElementType::toString).collect(Collectors.joining(", "));

  private final String code;
  private final ValueLayout layout;

  ElementType(String code, ValueLayout layout) {
    this.code = code;
    this.layout = layout;
  }

  /** Bytes of one element. */
  public int bytes() {
    return (int) layout.byteSize();
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

  /** NumPy's two-letter code, such as {@code f4}. */
  String code() {
    return code;
  }

  /** The type with that two-letter code, or null. */
  static ElementType ofCode(String code) {
    for (ElementType type : values()) {
      if (type.code.equals(code)) {
        return type;
      }
    }
    return null;
  }

  /** Copies {@code count} elements and turns their bytes from {@code order} into native order. */
  void copy(MemorySegment from, ByteOrder order, MemorySegment to, long count) {
    MemorySegment.copy(from, layout.withOrder(order), 0, to, layout, 0, count);
  }

  /**
   * Widens the {@code count} elements from index {@code first} on into {@code to}. Exact for every
   * type but int64, whose magnitudes beyond 2^53 are rounded to nearest.
   */
  void widen(MemorySegment from, long first, double[] to, int count) {
    long at = first * bytes();
    switch (this) {
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * i);
        }
      }
      case FLOAT64 -> MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE_UNALIGNED, at, to, 0, count);
      case UINT8, BOOL -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_BYTE, at + i) & 0xff;
        }
      }
      case INT8 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_BYTE, at + i);
        }
      }
      case UINT16 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * i) & 0xffff;
        }
      }
      case INT16 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * i);
        }
      }
      case UINT32 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4L * i) & 0xffffffffL;
        }
      }
      case INT32 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4L * i);
        }
      }
      case INT64 -> {
        for (int i = 0; i < count; i++) {
          to[i] = from.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8L * i);
        }
      }
    }
  }
}
