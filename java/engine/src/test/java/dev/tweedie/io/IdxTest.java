package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxTest {
  @ParameterizedTest
  @CsvSource({
    "08, UINT8,   00 80 ff,                            0 128 255",
    "09, INT8,    00 80 ff,                            0 -128 -1",
    "0b, INT16,   0001 8000 fffe,                      1 -32768 -2",
    "0c, INT32,   00000001 80000000 fffffffe,          1 -2147483648 -2",
    "0d, FLOAT32, 3f800000 80000000 c0200000,          1 -0.0 -2.5",
    "0e, FLOAT64, 3ff0000000000000 8000000000000000 c004000000000000, 1 -0.0 -2.5",
  })
  void readsEveryTypeBigEndian(String code, ElementType type, String data, String values) {
    try (Arena arena = Arena.ofConfined()) {
      NdArray array = parse("0000" + code + "02 00000003 00000001" + data, arena);
      assertEquals(type, array.type());
      assertArrayEquals(new long[] {3, 1}, array.shape());
      String[] expected = values.split(" ");
      for (int i = 0; i < 3; i++) {
        assertEquals(Double.parseDouble(expected[i]), array.getDouble(i));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0000 08 01 00000003 0102        | x: missing data: 2 bytes found; uint8 of shape (3,) has"
            + " 3",
        "0000 08 01 00000003 01020304    | x: trailing data: 4 bytes found",
        "0000 0d 01 00000001 010203      | x: missing data: 3 bytes found; float32 of shape (1,)"
            + " has 4",
        "0000 0a 01 00000001 01          | x: bad magic",
        "0001 08 01 00000001 01          | x: bad magic",
        "0000 08 00                      | x: bad magic",
        "0000 08 02 00000001             | x: truncated",
        "0000 08 01 80000000             | negative",
        "0000 0e 03 7fffffff 7fffffff 7fffffff | too large",
      })
  void refusesWhatIsDamaged(String hex, String message) {
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(() -> parse(hex, arena), message);
    }
  }

  @Test
  void readsMoreAxesThanAnyoneUses() {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * 64 + 2).putInt(0x00000840);
    for (int axis = 0; axis < 64; axis++) {
      file.putInt(axis == 63 ? 2 : 1);
    }
    try (Arena arena = Arena.ofConfined()) {
      NdArray array = Idx.parse("x", MemorySegment.ofArray(file.array()), arena);
      assertEquals(64, array.rank());
      assertEquals(2, array.count());
      file.putInt(0, 0x00000841);
      assertRefused(() -> Idx.parse("x", MemorySegment.ofArray(file.array()), arena), "01 to 40");
    }
  }

  private static NdArray parse(String hex, Arena arena) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    return Idx.parse("x", MemorySegment.ofArray(bytes), arena);
  }
}
