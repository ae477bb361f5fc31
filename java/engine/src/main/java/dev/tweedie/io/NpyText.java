package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** One text in a {@code .npy} file: an array of one element of type {@code U} or {@code S}. */
final class NpyText {
  private static final int LONGEST = 1000;

  private NpyText() {}

  /**
   * The text, without the zeros that pad it.
   *
   * @throws InvalidInputException if there is no text, several, or a long one
   */
  static String parse(String source, MemorySegment bytes) {
    NpyHeader.Raw header = NpyHeader.raw(source, bytes);
    NpyLiteral fields = header.fields();
    String descr = fields.descr();
    boolean wide = descr.matches("[<>=|]?U\\d{1,4}");
    if (!wide && !descr.matches("[|<>=]?[Sa]\\d{1,4}")
        || Shape.count(source, fields.shape()) != 1) {
      throw new InvalidInputException(
          "%s: found '%s' of shape %s, allowed: one text"
              .formatted(source, descr, Shape.text(fields.shape())));
    }
    MemorySegment data = bytes.asSlice(header.dataOffset());
    long expected = Long.parseLong(descr.replaceAll("\\D", "")) * (wide ? Integer.BYTES : 1);
    if (data.byteSize() != expected || expected > LONGEST * Integer.BYTES) {
      throw new InvalidInputException(
          "%s: %d bytes of text, the type '%s' has %d, at most %d characters"
              .formatted(source, data.byteSize(), descr, expected, LONGEST));
    }
    if (!wide) {
      byte[] letters = data.toArray(ValueLayout.JAVA_BYTE);
      return trimmed(new String(letters, StandardCharsets.ISO_8859_1));
    }
    ByteOrder order = descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    StringBuilder text = new StringBuilder();
    for (int code : data.toArray(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order))) {
      text.appendCodePoint(Character.isValidCodePoint(code) ? code : '?');
    }
    return trimmed(text.toString());
  }

  private static String trimmed(String padded) {
    int end = padded.length();
    while (end > 0 && padded.charAt(end - 1) == 0) {
      end--;
    }
    return padded.substring(0, end);
  }
}
