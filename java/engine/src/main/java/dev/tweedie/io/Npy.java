package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * NumPy's {@code .npy} files. Versions 1.0, 2.0 and 3.0 are read, in either byte order, in C or
 * Fortran order, of the types of {@link ElementType}; objects, text and structures are refused.
 * Version 1.0 in C order is written.
 */
public final class Npy {
  private static final int CHUNK = 1 << 16;

  private Npy() {}

  /**
   * Reads a {@code .npy} file, or a {@code .gz} of one. Of 1 GiB and more, an array in C order and
   * native byte order is a read-only view of the mapped file, at no cost whatever its size; another
   * one is copied.
   *
   * @param path the file, which others must not write to while a view of it is used; to replace it
   *     by renaming is allowed
   * @param arena lifetime of the array
   * @throws InvalidInputException if the file is missing, unreadable, damaged or not of numbers
   */
  public static NdArray read(Path path, Arena arena) throws IOException {
    InputFile file = InputFile.open(path, arena, arena);
    return InputFile.reading(
        () -> {
          NdArray array = parse(file.source(), file.bytes(), arena);
          return new NdArray(array.type(), array.shape(), file.kept(array, arena));
        });
  }

  /** Writes a {@code .npy} file whole or not at all; the directory must exist. */
  public static void write(Path path, NdArray array) throws IOException {
    OutputFile.write(path, out -> write(out, array));
  }

  /** An array over {@code bytes} where they can be used as they lie, else over a copy in arena. */
  static NdArray parse(String source, MemorySegment bytes, Arena arena) {
    NpyHeader header = NpyHeader.parse(source, bytes);
    ElementType type = header.type();
    long[] shape = header.shape();
    long expected = Shape.byteSize(source, shape, type);
    MemorySegment data = bytes.asSlice(header.dataOffset());
    requireSize(source, data.byteSize(), type, shape, expected);
    boolean inNativeOrder = header.order() == ByteOrder.nativeOrder() || type.bytes() == 1;
    boolean aligned = data.address() % type.real().bytes() == 0;
    if (inNativeOrder && aligned && !header.fortran()) {
      return new NdArray(type, shape, data);
    }
    MemorySegment copy = Memory.allocate(source, expected, arena);
    type.copy(data, header.order(), copy, expected / type.bytes());
    if (!header.fortran() || shape.length < 2) {
      return new NdArray(type, shape, copy);
    }
    MemorySegment transposed = Memory.allocate(source, expected, arena);
    fortranToC(copy, transposed, shape, type.bytes());
    return new NdArray(type, shape, transposed);
  }

  static void requireSize(
      String source, long found, ElementType type, long[] shape, long expected) {
    if (found != expected) {
      throw new InvalidInputException(
          "%s: %s data: %d bytes found; %s of shape %s has %d"
              .formatted(
                  source,
                  found < expected ? "missing" : "trailing",
                  found,
                  type,
                  Shape.text(shape),
                  expected));
    }
  }

  /** As {@link #write(Path, NdArray)}, to a stream, which stays open. */
  public static void write(OutputStream out, NdArray array) throws IOException {
    out.write(NpyHeader.format(array.type(), array.shape()));
    byte[] chunk = new byte[(int) Math.min(CHUNK, array.data().byteSize())];
    for (long at = 0; at < array.data().byteSize(); at += CHUNK) {
      int size = (int) Math.min(CHUNK, array.data().byteSize() - at);
      MemorySegment.copy(array.data(), ValueLayout.JAVA_BYTE, at, chunk, 0, size);
      out.write(chunk, 0, size);
    }
  }

  /** Bytes that {@link #write(OutputStream, NdArray)} writes. */
  static long byteSize(NdArray array) {
    return NpyHeader.format(array.type(), array.shape()).length + array.data().byteSize();
  }

  /** Writes C order in sequence, stepping through the source with the strides of Fortran order. */
  private static void fortranToC(MemorySegment from, MemorySegment to, long[] shape, int bytes) {
    int rank = shape.length;
    long[] stride = new long[rank];
    long count = 1;
    for (int axis = 0; axis < rank; axis++) {
      stride[axis] = count;
      count *= shape[axis];
    }
    long[] index = new long[rank];
    long source = 0;
    for (long target = 0; target < count; target++) {
      move(from, source, to, target, bytes);
      for (int axis = rank - 1; axis >= 0; axis--) {
        source += stride[axis];
        if (++index[axis] < shape[axis]) {
          break;
        }
        source -= stride[axis] * shape[axis];
        index[axis] = 0;
      }
    }
  }

  private static void move(MemorySegment from, long i, MemorySegment to, long j, int bytes) {
    switch (bytes) {
      case 1 -> to.set(ValueLayout.JAVA_BYTE, j, from.get(ValueLayout.JAVA_BYTE, i));
      case 2 ->
          to.setAtIndex(ValueLayout.JAVA_SHORT, j, from.getAtIndex(ValueLayout.JAVA_SHORT, i));
      case 4 -> to.setAtIndex(ValueLayout.JAVA_INT, j, from.getAtIndex(ValueLayout.JAVA_INT, i));
      case 8 -> to.setAtIndex(ValueLayout.JAVA_LONG, j, from.getAtIndex(ValueLayout.JAVA_LONG, i));
      default -> MemorySegment.copy(from, i * bytes, to, j * bytes, bytes);
    }
  }
}
