package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  @TempDir Path folder;

  // The extremes of each type tell a wrong sign or a wrong byte order.
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "u1, UINT8, 0 1 2 253 254 255",
        "i1, INT8, -128 -127 0 1 126 127",
        "u2, UINT16, 0 1 2 65533 65534 65535",
        "i2, INT16, -32768 -32767 0 1 32766 32767",
        "u4, UINT32, 0 1 2 4294967293 4294967294 4294967295",
        "i4, INT32, -2147483648 -2147483647 0 1 2147483646 2147483647",
        "i8, INT64, -0x1p63 -0x1p63 0 1 0x1p63 0x1p63",
        "f8, FLOAT64, -2.5 -0.0 0.1 1e-40 3.25 1e30",
      })
  void readsWhatNumpyWroteInBothByteOrders(String name, ElementType type, String values)
      throws IOException {
    double[] expected = Arrays.stream(values.split(" ")).mapToDouble(Double::parseDouble).toArray();
    for (String file : type.bytes() == 1 ? new String[] {name} : new String[] {name, name + "be"}) {
      NdArray array = read(file + ".npy");
      assertEquals(type, array.type(), file);
      assertArrayEquals(new long[] {2, 3}, array.shape(), file);
      assertArrayEquals(expected, array.toDoubles(), file);
    }
  }

  @Test
  void readsFloat32InBothByteOrders() throws IOException {
    float[] expected = {-2.5f, -0.0f, 0.1f, 1e-40f, 3.25f, 1e30f};
    assertArrayEquals(expected, read("f4.npy").toFloats());
    assertArrayEquals(expected, read("f4be.npy").toFloats());
  }

  @Test
  void readsBooleansScalarsAndEmptyArrays() throws IOException {
    assertArrayEquals(new double[] {0, 1, 0, 1, 0, 1}, read("b1.npy").toDoubles());
    assertArrayEquals(new long[0], read("scalar.npy").shape());
    assertArrayEquals(new double[] {7.5}, read("scalar.npy").toDoubles());
    assertArrayEquals(new long[] {0, 784}, read("empty.npy").shape());
    assertEquals(0, read("empty.npy").count());
  }

  @ParameterizedTest
  @CsvSource({"fortran1, 5", "fortran2, 6", "fortran3, 24", "version2, 6", "version3, 6"})
  void turnsFortranOrderIntoCOrderAndReadsLaterVersions(String name, int count) throws IOException {
    double[] counting = IntStream.range(0, count).asDoubleStream().toArray();
    assertArrayEquals(counting, read(name + ".npy").toDoubles());
  }

  @Test
  void readsThroughGzip() throws IOException {
    assertEquals(read("fortran2.npy"), read("fortran2.npy.gz"));
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void writesAndReadsBackEveryType(ElementType type) throws IOException {
    for (long[] shape : new long[][] {{}, {0}, {1}, {0, 784}, {1, 1}, {3, 7}, {2, 3, 5}}) {
      long bytes = Arrays.stream(shape).reduce(1, (a, b) -> a * b) * type.bytes();
      byte[] data = new byte[(int) bytes];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) (37 * i + 11);
      }
      NdArray array = new NdArray(type, shape, MemorySegment.ofArray(data));
      Path file = folder.resolve("array.npy");
      Npy.write(file, array);
      try (Arena arena = Arena.ofConfined()) {
        assertEquals(array, Npy.read(file, arena));
      }
      assertEquals(Npy.byteSize(array), Files.size(file));
      assertEquals(0, (Files.size(file) - bytes) % 64, "data must start aligned");
    }
  }

  @Test
  void writesTheBytesNumpyWrites() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Path file = folder.resolve("array.npy");
      for (String name : new String[] {"f4.npy", "f8.npy", "u1.npy", "i8.npy", "scalar.npy"}) {
        Npy.write(file, Npy.read(Fixtures.path(name), arena));
        assertArrayEquals(Fixtures.bytes(name), Files.readAllBytes(file), name);
      }
    }
  }

  // More bytes than the memory of the machines this runs on: reading or copying them would fail.
  @Test
  void mapsLargeFilesWithoutReadingThem() throws IOException {
    Path file = folder.resolve("large.npy");
    long rows = 1 << 24;
    byte[] header = NpyHeader.format(ElementType.FLOAT32, rows, 1024);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(header);
      sparse.setLength(header.length + rows * 4096);
    } catch (IOException e) {
      Assumptions.abort("no sparse file of 64 GiB on this file system: " + e.getMessage());
    }
    try (Arena arena = Arena.ofConfined()) {
      NdArray array = Npy.read(file, arena);
      assertEquals(rows * 1024, array.count());
      assertTrue(array.data().isMapped());
      assertEquals(0, array.getDouble(rows * 1024 - 1));
    }
  }

  @Test
  void copiesDataThatDoesNotLieAligned() {
    byte[] file = Fixtures.npy("{'descr':'<f8','fortran_order':False,'shape':(1,)}", new byte[8]);
    MemorySegment.ofArray(file)
        .set(
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
            file.length - 8,
            1.5);
    try (Arena arena = Arena.ofConfined()) {
      for (int shift = 0; shift < 8; shift++) {
        MemorySegment bytes = arena.allocate(file.length + shift, 8).asSlice(shift);
        MemorySegment.copy(file, 0, bytes, ValueLayout.JAVA_BYTE, 0, file.length);
        NdArray array = Npy.parse("x.npy", bytes, arena);
        assertEquals(0, array.data().address() % 8);
        assertEquals(1.5, array.getDouble(0));
      }
    }
  }

  @Test
  void dividesBytesBy255CorrectlyRounded() {
    byte[] all = new byte[256];
    for (int i = 0; i < 256; i++) {
      all[i] = (byte) i;
    }
    float[] floats = new float[256];
    double[] doubles = new double[256];
    NdArray.of(all, 256).copyUnitTo(MemorySegment.ofArray(floats), Precision.FLOAT32);
    NdArray.of(all, 256).copyUnitTo(MemorySegment.ofArray(doubles), Precision.FLOAT64);
    for (int i = 0; i < 256; i++) {
      assertEquals(i / 255f, floats[i]);
      assertEquals(i / 255.0, doubles[i]);
    }
  }

  @Test
  void convertsAcrossChunkBorders() {
    int count = 3 * (1 << 14) + 5;
    double[] values = IntStream.range(0, count).mapToDouble(i -> i + 0.1).toArray();
    float[] floats = NdArray.of(values, count).toFloats();
    for (int i = 0; i < count; i++) {
      assertEquals((float) values[i], floats[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"object", "text", "structured"})
  void refusesWhatIsNotNumbers(String name) {
    assertRefused(() -> read(name + ".npy"), name + ".npy", "dtype", "float32");
  }

  @Test
  void saysHowManyBytesAreMissingOrTrailing() throws IOException {
    byte[] whole = Fixtures.bytes("f4.npy");
    Path file = folder.resolve("cut.npy");
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertRefused(
        () -> read(file), "cut.npy: missing data: 23 bytes found; float32 of shape (2, 3) has 24");
    Files.write(file, Arrays.copyOf(whole, whole.length + 2));
    assertRefused(() -> read(file), "cut.npy: trailing data: 26 bytes found;", "has 24");
  }

  @Test
  void refusesMissingFilesDirectoriesAndOtherContent() throws IOException {
    assertRefused(() -> read(folder.resolve("absent.npy")), "absent.npy: no such file");
    assertRefused(() -> read(folder), folder + ": is a directory");
    Path file = Files.writeString(folder.resolve("notes.npy"), "hello\nworld");
    assertRefused(() -> read(file), "notes.npy: bad magic", "68 65 6c 6c");
    Files.write(file, new byte[0]);
    assertRefused(() -> read(file), "notes.npy: bad magic", "it is empty");
  }

  @Test
  void leavesNothingWhenWritingFails() throws IOException {
    Path target = folder.resolve("absent/array.npy");
    assertRefused(() -> Npy.write(target, NdArray.of(new float[2], 2)), "absent", "missing");
    assertFalse(Files.exists(target));
  }

  private static NdArray read(String fixture) throws IOException {
    return read(Fixtures.path(fixture));
  }

  // A copy into the heap, so that it outlives the file's mapping.
  private static NdArray read(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      NdArray array = Npy.read(path, arena);
      byte[] copy = array.data().toArray(ValueLayout.JAVA_BYTE);
      return new NdArray(array.type(), array.shape(), MemorySegment.ofArray(copy));
    }
  }

  /** float16 of 0, 1, -2, the smallest, the largest, and one that a float32 file would round. */
  @Test
  void readsHalfPrecision() throws IOException {
    byte[] data = {0, 0, 0, 0x3c, 0, (byte) 0xc0, 1, 0, (byte) 0xff, 0x7b, 0x55, 0x35};
    byte[] file = Fixtures.npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }", data);
    try (Arena arena = Arena.ofConfined()) {
      NdArray array = Npy.parse("x", java.lang.foreign.MemorySegment.ofArray(file), arena);
      assertEquals("float16 (2, 3)", array.toString());
      assertArrayEquals(new double[] {0, 1, -2, 0x1p-24, 65504, 0.333251953125}, array.toDoubles());
    }
  }

  @Test
  void readsTypesByTheirNames() throws IOException {
    for (String name : new String[] {"float64", "f8", "=f8", "<f8"}) {
      byte[] file =
          Fixtures.npy(
              "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }".formatted(name),
              new byte[] {0, 0, 0, 0, 0, 0, (byte) 0xf8, 0x3f});
      try (Arena arena = Arena.ofConfined()) {
        NdArray array = Npy.parse(name, java.lang.foreign.MemorySegment.ofArray(file), arena);
        assertArrayEquals(new double[] {1.5}, array.toDoubles(), name);
      }
    }
  }
}
