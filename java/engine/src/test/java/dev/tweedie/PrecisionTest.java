package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PrecisionTest {
  private static final int COUNT = 5000;
  private static final int FIRST = 3;

  private static void put(Precision precision, MemorySegment to, long at, double value) {
    switch (precision) {
      case FLOAT32 -> to.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) value);
      case FLOAT64 -> to.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
    }
  }

  /** Numbers are looked at 2,048 together: the last of one look and the first of the next. */
  @ParameterizedTest
  @EnumSource
  void whatIsNotFiniteIsFoundWhereverItIsAndNothingElse(Precision precision) {
    double largest = precision == Precision.FLOAT32 ? Float.MAX_VALUE : Double.MAX_VALUE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate((FIRST + COUNT) * precision.bytes(), 8);
      put(precision, all, 0, Double.NaN); // before the first
      for (int i = 0; i < COUNT; i++) {
        put(precision, all, FIRST + i, i % 2 == 0 ? largest : -largest);
      }
      assertEquals(-1, precision.firstNonFinite(all, FIRST, COUNT));
      double[] bad = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
      for (int at : new int[] {COUNT - 1, 2048, 2047, 0}) { // from behind: the first one counts
        put(precision, all, FIRST + at, bad[at % bad.length]);
        assertEquals(FIRST + at, precision.firstNonFinite(all, FIRST, COUNT));
      }
    }
  }
}
