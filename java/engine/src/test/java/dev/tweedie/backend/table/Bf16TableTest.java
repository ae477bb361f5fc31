package dev.tweedie.backend.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.prior.DataSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bf16TableTest {
  /** 2^-8 is half a unit of 1: ties go to the even neighbour. */
  @ParameterizedTest
  @CsvSource({
    "1, 3f80",
    "1.00390625, 3f80",
    "1.0039064, 3f81",
    "1.01171875, 3f82",
    "-1.0039064, bf81",
    "0, 0",
    "-0.0, 8000",
    "3.3895314e38, 7f7f",
    "1e-45, 0"
  })
  void roundsToNearest(float value, String expected) {
    assertEquals(expected, Integer.toHexString(Bf16Table.round(value) & 0xffff));
  }

  /** Their mean is 0, so that they stay what they are. */
  @Test
  void rowsAndPairsHoldTheSameHalves() {
    float[] points = {1, 2, 3, -1, -2, -3, 0, 0, 0};
    try (Arena arena = Arena.ofConfined()) {
      Bf16Table table = PriorTable.of(DataSet.of(points, 3), arena).bf16();
      for (int k = 0; k < 3; k++) {
        for (int j = 0; j < 3; j++) {
          assertEquals(points[3 * k + j], half(table.rows(), 2 * k + j / 2, j % 2));
          assertEquals(points[3 * k + j], half(table.pairs(), k / 2 * 3 + j, k % 2));
        }
        assertEquals(0, half(table.rows(), 2 * k + 1, 1), "no fourth element");
        assertEquals(0, half(table.pairs(), 3 + k, 1), "no fourth row");
      }
      assertTrue(table.slack() <= Float.MIN_VALUE, "nothing is lost: " + table.slack());
    }
  }

  @Test
  void slackIsTheLargestLoss() {
    float[] points = {1.00390625f, 0, -1.00390625f, 0, 0, 1.001f, 0, -1.001f};
    try (Arena arena = Arena.ofConfined()) {
      assertEquals(0x1p-8, PriorTable.of(DataSet.of(points, 2), arena).bf16().slack(), 1e-9);
    }
  }

  private static float half(MemorySegment words, int word, int half) {
    int both = words.getAtIndex(ValueLayout.JAVA_INT, word);
    return Float.intBitsToFloat(half == 0 ? both << 16 : both & 0xffff0000);
  }
}
