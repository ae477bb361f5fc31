package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads a header field by field. Whatever the bytes say, reading beyond the end is an error in the
 * file's name, never an index out of bounds.
 */
final class Cursor {
  private final String source;
  private final MemorySegment bytes;
  private final ByteOrder order;
  private long position;

  Cursor(String source, MemorySegment bytes, ByteOrder order) {
    this.source = source;
    this.bytes = bytes;
    this.order = order;
  }

  long position() {
    return position;
  }

  long remaining() {
    return bytes.byteSize() - position;
  }

  Cursor seek(long to) {
    if (to < 0 || to > bytes.byteSize()) {
      throw new InvalidInputException(
          "%s: damaged: points to byte %d of %d".formatted(source, to, bytes.byteSize()));
    }
    position = to;
    return this;
  }

  int u8() {
    return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff;
  }

  int u16() {
    return bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order), advance(2)) & 0xffff;
  }

  long u32() {
    return bytes.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), advance(4)) & 0xffffffffL;
  }

  /** Eight bytes as a signed number, since no size or offset reaches 2^63. */
  long i64() {
    return bytes.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order), advance(8));
  }

  String text(long length) {
    return new String(take(length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }

  /** The next {@code length} bytes, without copying. */
  MemorySegment take(long length) {
    return bytes.asSlice(advance(length), length);
  }

  private long advance(long length) {
    if (length < 0 || length > remaining()) {
      throw new InvalidInputException(
          "%s: truncated: %d bytes needed at byte %d, %d left"
              .formatted(source, length, position, remaining()));
    }
    long at = position;
    position += length;
    return at;
  }
}
