package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.InvalidInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "deflated.npz"})
  void readsWhatNumpyWrote(String name) throws IOException {
    requireMixture(Fixtures.path(name));
  }

  @Test
  void readsThroughGzip() throws IOException {
    Path file = folder.resolve("mixture.npz.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(Fixtures.bytes("stored.npz"));
    }
    requireMixture(file);
  }

  private static void requireMixture(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Npz npz = Npz.open(file, arena);
      assertEquals(List.of("weights", "means", "covariances"), npz.names());
      assertArrayEquals(new double[] {0.25, 0.75}, npz.get("weights").toDoubles());
      assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, npz.get("means").toFloats());
      assertArrayEquals(new long[] {2, 3}, npz.get("means").shape());
    }
  }

  @Test
  void writesAndReadsBackTheSameBytesEachTime() throws IOException {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put("z", NdArray.of(new double[0], 0, 7));
    arrays.put("a", NdArray.of(new float[] {1, 2, 3}, 3));
    arrays.put("scalar", NdArray.of(new long[] {-5}));
    Path first = folder.resolve("first.npz");
    Path second = folder.resolve("second.npz");
    Npz.write(first, arrays);
    Npz.write(second, arrays);
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    try (Arena arena = Arena.ofConfined()) {
      Npz npz = Npz.open(first, arena);
      assertEquals(List.of("z", "a", "scalar"), npz.names());
      for (String name : npz.names()) {
        assertEquals(arrays.get(name), npz.get(name));
      }
    }
  }

  @Test
  void namesTheArraysThereAreWhenOneIsMissing() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Npz npz = Npz.open(Fixtures.path("stored.npz"), arena);
      assertRefused(
          () -> npz.get("factors"), "stored.npz", "'factors'", "weights, means, covariances");
    }
  }

  @Test
  void findsTheDirectoryBehindAComment() throws IOException {
    Path file = folder.resolve("comment.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      // It holds the very signature that is searched for.
      zip.setComment("PK\5\6" + "-".repeat(300));
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(Fixtures.bytes("f4.npy"));
      zip.closeEntry();
    }
    try (Arena arena = Arena.ofConfined()) {
      assertArrayEquals(new long[] {2, 3}, Npz.open(file, arena).get("x").shape());
    }
  }

  // More than 4 GB or 65,534 entries: the old end of directory only points to a new one.
  @Test
  void followsTheZip64Directory() throws IOException {
    byte[] plain = Fixtures.bytes("stored.npz");
    int end = plain.length - 22;
    ByteBuffer old = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
    long count = old.getShort(end + 10);
    long size = old.getInt(end + 12);
    long offset = old.getInt(end + 16);
    ByteBuffer file = ByteBuffer.allocate(end + 56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
    file.put(plain, 0, end);
    file.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
    file.putInt(0).putInt(0).putLong(count).putLong(count).putLong(size).putLong(offset);
    file.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    file.putInt(0x06054b50).putInt(0).putInt(-1).putInt(-1).putInt(-1).putShort((short) 0);
    Path path = Files.write(folder.resolve("large.npz"), file.array());
    requireMixture(path);
    file.putInt(end, 0);
    Files.write(path, file.array());
    assertRefused(() -> requireMixture(path), "large.npz: no zip64 directory");
  }

  // A flipped bit in a header, a size, a checksum or the data: an error in the file's name or,
  // where
  // the byte has no meaning (time, attributes), the right numbers; never another exception.
  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "deflated.npz"})
  void survivesEveryFlippedByte(String name) throws IOException {
    byte[] whole = Fixtures.bytes(name);
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) 0xff;
      try (Arena arena = Arena.ofConfined()) {
        Npz npz = open(damaged, arena);
        for (String array : npz.names()) {
          npz.get(array);
        }
        if (npz.names().contains("means")) {
          assertArrayEquals(
              new float[] {0, 1, 2, 3, 4, 5}, npz.get("means").toFloats(), "byte " + i);
        }
      } catch (InvalidInputException e) {
        refused++;
      }
    }
    // Data, sizes, checksums and offsets make up more than half of these files.
    assertEquals(true, refused > whole.length / 2, refused + " of " + whole.length);
  }

  @Test
  void refusesAnArrayThatIsNotOfNumbersByItsName() throws IOException {
    byte[] file = zip("names.npy", Fixtures.bytes("text.npy"));
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(() -> open(file, arena).get("names"), "x.npz[names]: dtype", "text");
    }
  }

  @Test
  void refusesFilesThatAreNoArchive() {
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(
          () -> Npz.open(Fixtures.path("f4.npy"), arena), "f4.npy: bad magic, not a .npz file");
    }
  }

  @Test
  void leavesTheOldFileWhenWritingFails() throws IOException {
    Path file = Files.writeString(folder.resolve("old.npz"), "old");
    NdArray closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = new NdArray(ElementType.FLOAT32, new long[] {2}, arena.allocate(8));
    }
    assertThrows(IllegalStateException.class, () -> Npz.write(file, Map.of("x", closed)));
    assertEquals("old", Files.readString(file));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  private static Npz open(byte[] file, Arena arena) {
    return Npz.of(
        new InputFile(InputSource.of(Path.of("x.npz")), MemorySegment.ofArray(file), false, false),
        arena);
  }

  private static byte[] zip(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
      zip.closeEntry();
    }
    return bytes.toByteArray();
  }
}
