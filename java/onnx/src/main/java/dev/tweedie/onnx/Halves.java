package dev.tweedie.onnx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** float16, which networks are stored in to be half as large, to and from float32. */
final class Halves {
  private Halves() {}

  /** Rounds every number to the nearest float16; beyond 65504 it is infinite. */
  static void ofFloats(MemorySegment floats, MemorySegment halves) {
    long count = halves.byteSize() / Short.BYTES;
    for (long i = 0; i < count; i++) {
      float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
      halves.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, Float.floatToFloat16(value));
    }
  }

  /** Exact. */
  static void toFloats(MemorySegment halves, MemorySegment floats) {
    long count = halves.byteSize() / Short.BYTES;
    for (long i = 0; i < count; i++) {
      short bits = halves.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i);
      floats.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, Float.float16ToFloat(bits));
    }
  }
}
