package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class GzipStreamTest {
  private static final byte[] CONTENT = {1, 2, 3, 4, 5, 6, 7, 8};

  private static byte[] gzip(byte... content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream to = new GZIPOutputStream(out)) {
      to.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] read(byte[]... parts) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      file.writeBytes(part);
    }
    try (GzipStream in = new GzipStream("x.gz", MemorySegment.ofArray(file.toByteArray()))) {
      return in.readAllBytes();
    }
  }

  @Test
  void readsMembersOneAfterAnotherAndPadding() throws IOException {
    byte[] first = gzip(Arrays.copyOf(CONTENT, 3));
    byte[] second = gzip(Arrays.copyOfRange(CONTENT, 3, 8));
    assertArrayEquals(CONTENT, read(first, second));
    assertArrayEquals(CONTENT, read(first, gzip(), second, new byte[512])); // as tapes pad
  }

  /** What gzip -N, pigz and others put into a header. */
  @Test
  void readsEveryFieldOfAHeader() throws IOException {
    byte[] plain = gzip(CONTENT);
    byte[] header = Arrays.copyOf(plain, 10);
    header[3] = 4 | 8 | 16 | 2;
    byte[] fields = {2, 0, 9, 9, 'n', 'a', 0, 'c', 0};
    java.util.zip.CRC32 crc = new java.util.zip.CRC32();
    crc.update(header);
    crc.update(fields);
    byte[] sum = {(byte) crc.getValue(), (byte) (crc.getValue() >> 8)};
    byte[] rest = Arrays.copyOfRange(plain, 10, plain.length);
    assertArrayEquals(CONTENT, read(header, fields, sum, rest));
    sum[0] ^= 1;
    assertRefused(() -> read(header, fields, sum, rest), "checksum of a header");
  }

  @Test
  void refusesWhatFollowsAMember() throws IOException {
    byte[] whole = gzip(CONTENT);
    assertRefused(() -> read(whole, "garbage".getBytes()), "x.gz: 7 bytes after the gzip content");
    assertRefused(() -> read(whole, new byte[] {0, 0, 1}), "3 bytes after the gzip content");
    assertRefused(() -> read(whole, new byte[] {0x1f}), "1 bytes after the gzip content");
  }

  @Test
  void saysWhereItIsCut() throws IOException {
    byte[] whole = gzip(CONTENT);
    for (int length = 2; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertRefused(() -> read(cut), "x.gz: ", "truncated");
    }
  }

  /** Every bit of the trailer, and those of the data but for the last byte's unused ones. */
  @Test
  void refusesEveryFlippedByteOfDataAndTrailer() throws IOException {
    byte[] whole = gzip(CONTENT);
    for (int at = 10; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (at == whole.length - 9 ? 1 : 0x10);
      assertRefused(() -> read(damaged), "x.gz: ", "gzip");
    }
  }
}
