package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Precision;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes large when it is read is refused before its memory is taken. */
class ReadLimitTest {
  private static final long LIMIT = 1 << 20;
  private static final int LARGE = 16 << 20;

  @TempDir Path folder;
  private final Arena arena = Arena.ofAuto();

  private void refused(Path file, String... words) {
    String[] all = java.util.Arrays.copyOf(words, words.length + 1);
    all[words.length] = "allowed: 1048576 bytes in memory, the limit of reading";
    assertRefused(
        () -> DataFiles.read(InputSource.of(file).withLimit(LIMIT), Precision.FLOAT32, arena), all);
  }

  private static byte[] array(int numbers) {
    return Fixtures.npy(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 4), }".formatted(numbers / 4),
        new byte[4 * numbers]);
  }

  private Path gzip(byte[] content) throws IOException {
    Path file = folder.resolve("x.npy.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(content);
    }
    return file;
  }

  @Test
  void gzipThatBecomesLargeIsCountedAndRefused() throws IOException {
    byte[] content = array(LARGE / 4);
    Path file = gzip(content);
    refused(file, "x.npy.gz: its " + Files.size(file) + " bytes of gzip become more");
    assertEquals(LARGE / 16, DataFiles.readRows(file, Precision.FLOAT32, arena).count());
    // Exactly the limit is allowed, a byte less is not.
    InputSource source = InputSource.of(file);
    DataFiles.read(source.withLimit(content.length), Precision.FLOAT32, arena);
    assertRefused(
        () -> DataFiles.read(source.withLimit(content.length - 1), Precision.FLOAT32, arena),
        "allowed: " + (content.length - 1) + " bytes");
  }

  @Test
  void anArchiveIsRefusedByItsDirectory() throws IOException {
    Path file = folder.resolve("x.npz");
    byte[] content = array(LARGE / 4);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("a.npy"));
      out.write(content);
      out.closeEntry();
    }
    refused(file, "x.npz: 'a.npy' becomes " + content.length + " bytes");
    // A directory that says less than comes, and one that says more than deflate can make.
    byte[] lie = Files.readAllBytes(file);
    ByteBuffer bytes = ByteBuffer.wrap(lie).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int directory = bytes.getInt(lie.length - 6);
    bytes.putInt(directory + 24, 100);
    Files.write(file, lie);
    assertRefused(
        () -> DataFiles.readRows(file, Precision.FLOAT32, arena),
        "x.npz: 'a.npy' has more than the 100 bytes");
    bytes.putInt(directory + 24, Integer.MAX_VALUE);
    Files.write(file, lie);
    assertRefused(
        () -> DataFiles.readRows(file, Precision.FLOAT32, arena),
        "x.npz: 'a.npy' has",
        "cannot become 2147483647");
  }

  /** A PNG with these pixels, all zero, and another chunk before them. */
  private Path png(int side, String type, byte[] chunk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(side).putInt(side);
    header.put(new byte[] {8, 0, 0, 0, 0});
    chunk(out, "IHDR", header.array());
    chunk(out, type, chunk);
    chunk(out, "IDAT", deflated(side * (side + 1)));
    chunk(out, "IEND", new byte[0]);
    return Files.write(folder.resolve("x.png"), out.toByteArray());
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] typed = ByteBuffer.allocate(4 + data.length).put(type.getBytes()).put(data).array();
    CRC32 crc = new CRC32();
    crc.update(typed);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(typed);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  private static byte[] deflated(int zeros) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream deflate = new DeflaterOutputStream(out)) {
      deflate.write(new byte[zeros]);
    }
    return out.toByteArray();
  }

  @Test
  void aPictureIsRefusedByItsHeader() throws IOException {
    refused(png(400, "tEXt", new byte[] {'a', 0}), "x.png: 160000 pixels of 9 bytes each");
  }

  @Test
  void textsAndProfilesOfAPictureAreNotInflated() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(new byte[] {'k', 0, 0});
    text.writeBytes(new byte[] {1, 2, 3}); // no deflated data: whoever inflates it fails
    for (String type : new String[] {"zTXt", "iCCP"}) {
      Path file = png(4, type, text.toByteArray());
      assertEquals(16, DataFiles.readRows(file, Precision.FLOAT32, arena).dim(), type);
    }
  }

  @Test
  void aStreamWithoutEndIsRefused() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] to, int offset, int length) {
            return length;
          }
        };
    InputSource source = InputSource.of(Path.of("standard input"), endless).withLimit(LIMIT);
    assertRefused(
        () -> DataFiles.read(source, Precision.FLOAT32, arena),
        "standard input: more bytes come; allowed: 1048576");
  }

  @Test
  void anArrayOfManyAxesIsRefused() {
    byte[] file =
        Fixtures.npy(
            "{'descr': '<f4', 'fortran_order': True, 'shape': (%s), }".formatted("1, ".repeat(65)),
            new byte[4]);
    assertRefused(
        () ->
            DataFiles.read(
                InputSource.of(Path.of("x"), new ByteArrayInputStream(file)).withLimit(LIMIT),
                Precision.FLOAT32,
                arena),
        "x: an array of more than 64 axes");
  }

  @Test
  void theContentOfAStreamIsThatOfItsFile() throws IOException {
    InputStream in = new ByteArrayInputStream(Fixtures.bytes("f8.npy"));
    RowFile rows =
        DataFiles.read(
            InputSource.of(Path.of("standard input"), in).withLimit(LIMIT),
            Precision.FLOAT64,
            arena);
    assertArrayEquals(
        Npy.read(Fixtures.path("f8.npy"), arena).toDoubles(), rows.rows().toArray().toDoubles());
  }
}
