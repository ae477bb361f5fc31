package dev.tweedie.io;

import dev.tweedie.Precision;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows as a Parquet file: one column {@code x} of lists, a row each, of float or double, plain and
 * uncompressed, as Spark's {@code array<float>} is. Groups of rows are one page each. Complex
 * numbers are their two parts in turn.
 *
 * <p>The numbers below are those of {@code parquet.thrift} in the format's specification.
 */
final class ParquetFile {
  private static final byte[] MAGIC = {'P', 'A', 'R', '1'};
  private static final int VERSION = 1;
  private static final int FLOAT = 4;
  private static final int DOUBLE = 5;
  private static final int REQUIRED = 0;
  private static final int REPEATED = 2;
  private static final int LIST = 3;
  private static final int PLAIN = 0;
  private static final int RLE = 3;
  private static final int UNCOMPRESSED = 0;
  private static final int DATA_PAGE = 0;

  /** Bytes of numbers in a group: what a reader holds at once. */
  private static final long GROUP = 64L << 20;

  private static final int CHUNK = 1 << 16;

  private final OutputStream out;
  private final Rows rows;
  private final int type;
  private long at;

  private ParquetFile(OutputStream out, Rows rows) {
    this.out = out;
    this.rows = rows;
    type = rows.precision() == Precision.FLOAT32 ? FLOAT : DOUBLE;
  }

  /**
   * Writes a file, whole or not at all.
   *
   * @param origin kept under {@code tweedie}; empty for none
   */
  static void write(Path path, Rows rows, String origin) throws IOException {
    OutputFile.write(path, out -> new ParquetFile(out, rows).write(origin));
  }

  private void write(String origin) throws IOException {
    put(MAGIC);
    long rowsOfGroup = Math.max(1, GROUP / (rows.dim() * rows.precision().bytes()));
    List<byte[]> groups = new ArrayList<>();
    for (long first = 0; first < rows.count(); first += rowsOfGroup) {
      groups.add(group(first, Math.min(rowsOfGroup, rows.count() - first)));
    }
    Thrift footer =
        new Thrift()
            .number(1, Thrift.I32, VERSION)
            .structs(2, schema())
            .number(3, Thrift.I64, rows.count())
            .structs(4, groups);
    if (!origin.isEmpty()) {
      footer.structs(5, List.of(new Thrift().text(1, "tweedie").text(2, origin).end()));
    }
    byte[] metadata = footer.text(6, "tweedie").end();
    put(metadata);
    put(littleEndian(metadata.length));
    put(MAGIC);
  }

  /**
   * {@code message rows { required group x (LIST) { repeated group list { required element }}}}.
   */
  private List<byte[]> schema() {
    return List.of(
        new Thrift().text(4, "rows").number(5, Thrift.I32, 1).end(),
        new Thrift()
            .number(3, Thrift.I32, REQUIRED)
            .text(4, "x")
            .number(5, Thrift.I32, 1)
            .number(6, Thrift.I32, LIST)
            .end(),
        new Thrift().number(3, Thrift.I32, REPEATED).text(4, "list").number(5, Thrift.I32, 1).end(),
        new Thrift()
            .number(1, Thrift.I32, type)
            .number(3, Thrift.I32, REQUIRED)
            .text(4, "element")
            .end());
  }

  /** Writes so many rows as one page; gives what the footer says of it. */
  private byte[] group(long first, long count) throws IOException {
    byte[] levels = levels(count);
    long numbers = count * rows.dim();
    long bytes = numbers * rows.precision().bytes();
    int page = Math.toIntExact(levels.length + bytes);
    long start = at;
    put(
        new Thrift()
            .number(1, Thrift.I32, DATA_PAGE)
            .number(2, Thrift.I32, page)
            .number(3, Thrift.I32, page)
            .struct(
                5,
                new Thrift()
                    .number(1, Thrift.I32, numbers)
                    .number(2, Thrift.I32, PLAIN)
                    .number(3, Thrift.I32, RLE)
                    .number(4, Thrift.I32, RLE))
            .end());
    put(levels);
    putNumbers(first * rows.dim(), numbers);
    long size = at - start;
    Thrift column =
        new Thrift()
            .number(1, Thrift.I32, type)
            .numbers(2, PLAIN, RLE)
            .texts(3, "x", "list", "element")
            .number(4, Thrift.I32, UNCOMPRESSED)
            .number(5, Thrift.I64, numbers)
            .number(6, Thrift.I64, size)
            .number(7, Thrift.I64, size)
            .number(9, Thrift.I64, start);
    return new Thrift()
        .structs(1, List.of(new Thrift().number(2, Thrift.I64, start).struct(3, column).end()))
        .number(2, Thrift.I64, size)
        .number(3, Thrift.I64, count)
        .end();
  }

  /** Runs of repetition (0 begins a row), then of definition: every element is there. */
  private byte[] levels(long count) {
    ByteArrayOutputStream repetition = new ByteArrayOutputStream();
    for (long row = 0; row < count; row++) {
      run(repetition, 1, 0);
      if (rows.dim() > 1) {
        run(repetition, rows.dim() - 1L, 1);
      }
    }
    ByteArrayOutputStream definition = new ByteArrayOutputStream();
    run(definition, count * rows.dim(), 1);
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    for (ByteArrayOutputStream each : List.of(repetition, definition)) {
      both.writeBytes(littleEndian(each.size()));
      both.writeBytes(each.toByteArray());
    }
    return both.toByteArray();
  }

  private static void run(ByteArrayOutputStream to, long length, int level) {
    Thrift.variable(to, length << 1);
    to.write(level);
  }

  private void putNumbers(long first, long count) throws IOException {
    MemorySegment part = MemorySegment.ofArray(new byte[CHUNK]);
    long bytes = rows.precision().bytes();
    for (long done = 0; done < count; done += CHUNK / bytes) {
      long n = Math.min(CHUNK / bytes, count - done);
      MemorySegment from = rows.values().asSlice((first + done) * bytes, n * bytes);
      if (rows.precision() == Precision.FLOAT32) {
        ValueLayout.OfInt own = ValueLayout.JAVA_INT_UNALIGNED;
        MemorySegment.copy(from, own, 0, part, own.withOrder(ByteOrder.LITTLE_ENDIAN), 0, n);
      } else {
        ValueLayout.OfLong own = ValueLayout.JAVA_LONG_UNALIGNED;
        MemorySegment.copy(from, own, 0, part, own.withOrder(ByteOrder.LITTLE_ENDIAN), 0, n);
      }
      put(part.asSlice(0, n * bytes).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private void put(byte[] bytes) throws IOException {
    out.write(bytes);
    at += bytes.length;
  }

  private static byte[] littleEndian(int number) {
    byte[] bytes = new byte[Integer.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (number >> 8 * i);
    }
    return bytes;
  }

  /** A struct of Thrift's compact protocol; fields by ascending number. */
  private static final class Thrift {
    static final int I32 = 5;
    static final int I64 = 6;
    private static final int BINARY = 8;
    private static final int A_LIST = 9;
    private static final int STRUCT = 12;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int last;

    private void field(int number, int type) {
      bytes.write(number - last << 4 | type); // numbers are fewer than 16
      last = number;
    }

    static void variable(ByteArrayOutputStream to, long value) {
      long left = value;
      while ((left & ~0x7fL) != 0) {
        to.write((int) (left & 0x7f | 0x80));
        left >>>= 7;
      }
      to.write((int) left);
    }

    private void zigzag(long value) {
      variable(bytes, value << 1 ^ value >> 63);
    }

    private void text(String text) {
      byte[] utf = text.getBytes(StandardCharsets.UTF_8);
      variable(bytes, utf.length);
      bytes.writeBytes(utf);
    }

    private void list(int number, int type, int size) {
      field(number, A_LIST);
      if (size < 15) {
        bytes.write(size << 4 | type);
      } else {
        bytes.write(0xf0 | type);
        variable(bytes, size);
      }
    }

    Thrift number(int number, int type, long value) {
      field(number, type);
      zigzag(value);
      return this;
    }

    Thrift text(int number, String text) {
      field(number, BINARY);
      text(text);
      return this;
    }

    Thrift struct(int number, Thrift struct) {
      field(number, STRUCT);
      bytes.writeBytes(struct.end());
      return this;
    }

    Thrift structs(int number, List<byte[]> structs) {
      list(number, STRUCT, structs.size());
      structs.forEach(bytes::writeBytes);
      return this;
    }

    Thrift numbers(int number, int... values) {
      list(number, I32, values.length);
      for (int value : values) {
        zigzag(value);
      }
      return this;
    }

    Thrift texts(int number, String... texts) {
      list(number, BINARY, texts.length);
      for (String each : texts) {
        text(each);
      }
      return this;
    }

    byte[] end() {
      bytes.write(0);
      return bytes.toByteArray();
    }
  }
}
