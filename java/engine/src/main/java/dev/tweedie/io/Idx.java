package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * IDX files, the format of MNIST: two zero bytes, a type code, the number of axes, the sizes as
 * big-endian 32-bit integers, then big-endian data in C order.
 */
public final class Idx {
  private Idx() {}

  /**
   * Reads an IDX file, or a {@code .gz} of one. One-byte data is a view of the mapped file; wider
   * data is copied into native byte order.
   *
   * @throws InvalidInputException if the file is missing, unreadable, damaged or not IDX
   */
  public static NdArray read(Path path, Arena arena) throws IOException {
    InputFile file = InputFile.open(path, arena, arena);
    return parse(file.source(), file.bytes(), arena);
  }

  static NdArray parse(String source, MemorySegment bytes, Arena arena) {
    Cursor cursor = new Cursor(source, bytes, ByteOrder.BIG_ENDIAN);
    int zeros = cursor.u16();
    int code = cursor.u8();
    int rank = cursor.u8();
    ElementType type =
        switch (zeros == 0 ? code : -1) {
          case 0x08 -> ElementType.UINT8;
          case 0x09 -> ElementType.INT8;
          case 0x0b -> ElementType.INT16;
          case 0x0c -> ElementType.INT32;
          case 0x0d -> ElementType.FLOAT32;
          case 0x0e -> ElementType.FLOAT64;
          default -> null;
        };
    if (type == null || rank == 0 || rank > NpyLiteral.MOST_AXES) {
      throw new InvalidInputException(
          "%s: bad magic, not an IDX file: %s; allowed: 00 00, then 08 09 0b 0c 0d or 0e, 01 to 40"
              .formatted(source, InputFile.firstBytes(bytes)));
    }
    long[] shape = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      shape[axis] = (int) cursor.u32(); // signed in the format: a set top bit is damage
    }
    long expected = Shape.byteSize(source, shape, type);
    Npy.requireSize(source, cursor.remaining(), type, shape, expected);
    MemorySegment data = cursor.take(expected);
    if (type.bytes() == 1) {
      return new NdArray(type, shape, data);
    }
    MemorySegment copy = arena.allocate(expected, 64);
    type.copy(data, ByteOrder.BIG_ENDIAN, copy, expected / type.bytes());
    return new NdArray(type, shape, copy);
  }
}
