package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The header of a {@code .npy} file: magic, version, and the literal of a Python dictionary that
 * gives type, order and shape (NumPy Enhancement Proposal 1; versions 1.0, 2.0 and 3.0).
 *
 * @param type element type
 * @param order byte order of the elements
 * @param fortran first axis fastest, instead of the last
 * @param shape sizes of the axes
 * @param dataOffset where the elements begin, in bytes
 */
record NpyHeader(
    ElementType type, ByteOrder order, boolean fortran, long[] shape, long dataOffset) {
  static final int[] MAGIC = {0x93, 'N', 'U', 'M', 'P', 'Y'};

  private static final int ALIGNMENT = 64;
  private static final int PREFIX = 10; // magic, version 1.0 and its two-byte length
  private static final int MAX_LENGTH = 1 << 20; // no numeric type and shape need nearly as much

  /** A header whose type is not looked at yet. */
  record Raw(NpyLiteral fields, long dataOffset) {}

  /**
   * @throws InvalidInputException in the name of {@code source}, if this is no header of numbers
   */
  static NpyHeader parse(String source, MemorySegment bytes) {
    Raw raw = raw(source, bytes);
    NpyLiteral fields = raw.fields();
    return new NpyHeader(
        type(source, fields.descr()),
        order(fields.descr()),
        fields.fortran(),
        fields.shape(),
        raw.dataOffset());
  }

  /**
   * @throws InvalidInputException in the name of {@code source}, if this is no header
   */
  static Raw raw(String source, MemorySegment bytes) {
    if (!InputFile.startsWith(bytes, MAGIC)) {
      throw new InvalidInputException(
          "%s: bad magic, not a .npy file: %s; allowed: 93 4e 55 4d 50 59 (\\x93NUMPY)"
              .formatted(source, InputFile.firstBytes(bytes)));
    }
    Cursor cursor = new Cursor(source, bytes, ByteOrder.LITTLE_ENDIAN).seek(6);
    int major = cursor.u8();
    int minor = cursor.u8();
    if (major < 1 || major > 3 || minor != 0) {
      throw new InvalidInputException(
          "%s: .npy version %d.%d; allowed: 1.0, 2.0, 3.0".formatted(source, major, minor));
    }
    long length = major == 1 ? cursor.u16() : cursor.u32();
    if (length > MAX_LENGTH) {
      throw new InvalidInputException(
          "%s: .npy header of %d bytes; at most %d".formatted(source, length, MAX_LENGTH));
    }
    String literal = cursor.text(length);
    return new Raw(NpyLiteral.parse(source, literal), cursor.position());
  }

  /** A version 1.0 header in C order and native byte order, padded so that data start aligned. */
  static byte[] format(ElementType type, long... shape) {
    char order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? '<' : '>';
    String literal =
        "{'descr': '%c%s', 'fortran_order': False, 'shape': %s, }"
            .formatted(type.bytes() == 1 ? '|' : order, type.code(), Shape.text(shape));
    int length = Math.ceilDiv(PREFIX + literal.length() + 1, ALIGNMENT) * ALIGNMENT - PREFIX;
    if (length > 0xffff) {
      throw new InvalidInputException(".npy: too many axes to write: " + shape.length);
    }
    String text =
        "\u0093NUMPY\u0001\0%c%c".formatted(length & 0xff, length >> 8)
            + literal
            + " ".repeat(length - literal.length() - 1)
            + "\n";
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static ElementType type(String source, String descr) {
    if (!descr.isEmpty() && "<>|=".indexOf(descr.charAt(0)) >= 0) {
      ElementType type = ElementType.ofCode(descr.substring(1));
      // '|' says that byte order has no meaning, which is true of one-byte elements only.
      if (type != null && (descr.charAt(0) != '|' || type.bytes() == 1)) {
        return type;
      }
    }
    // A name or a code alone means the writer's own order, nearly always little-endian like ours.
    ElementType named = ElementType.ofCode(descr);
    if (named != null) {
      return named;
    }
    String kind =
        switch (descr.length() > 1 ? descr.charAt(1) : '?') {
          case 'O' -> " (Python objects)";
          case 'U', 'S', 'a' -> " (text)";
          case 'V' -> " (structures)";
          case 'M', 'm' -> " (times)";
          default -> "";
        };
    throw new InvalidInputException(
        "%s: dtype '%s'%s; allowed: %s".formatted(source, descr, kind, ElementType.names()));
  }

  private static ByteOrder order(String descr) {
    return switch (descr.charAt(0)) {
      case '<' -> ByteOrder.LITTLE_ENDIAN;
      case '>' -> ByteOrder.BIG_ENDIAN;
      default -> ByteOrder.nativeOrder();
    };
  }
}
