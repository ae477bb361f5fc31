package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The content of a gzip file in memory (RFC 1952), member after member. The JDK's own stream takes
 * whatever follows a member for the end of the file; here it is a member, padding of zeros, or
 * damage.
 */
final class GzipStream extends InputStream {
  private static final int MAGIC = 0x8b1f;
  private static final int DEFLATE = 8;
  private static final int HEADER_CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xe0;
  private static final long PIECE = 1 << 20;

  private final String source;
  private final MemorySegment bytes;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private long position; // of the first byte that the inflater has not been given
  private long dataStart; // of the member's deflated data
  private boolean inMember;

  GzipStream(String source, MemorySegment bytes) {
    this.source = source;
    this.bytes = bytes;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, to.length);
    if (length == 0) {
      return 0;
    }
    try {
      while (inMember || beginMember()) {
        int count = inflater.inflate(to, offset, length);
        if (count > 0) {
          crc.update(to, offset, count);
          return count;
        }
        if (inflater.finished()) {
          endMember();
        } else if (inflater.needsDictionary()) {
          throw damaged("it needs a dictionary");
        } else {
          feed();
        }
      }
      return -1;
    } catch (DataFormatException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  private boolean beginMember() {
    Cursor cursor = cursor(position);
    if (position > 0 && isPadding()) {
      return false;
    }
    if (cursor.remaining() < 2 || cursor.u16() != MAGIC) {
      throw new InvalidInputException(
          "%s: %d bytes after the gzip content that are no gzip; allowed: zeros, or more gzip"
              .formatted(source, bytes.byteSize() - position));
    }
    int method = cursor.u8();
    int flags = cursor.u8();
    if (method != DEFLATE || (flags & RESERVED) != 0) {
      throw damaged("method %d with flags %d".formatted(method, flags));
    }
    cursor.take(6); // time, hint, system
    if ((flags & EXTRA) != 0) {
      cursor.take(cursor.u16());
    }
    for (int flag : new int[] {NAME, COMMENT}) {
      while ((flags & flag) != 0 && cursor.u8() != 0) {
        // To the zero that ends it.
      }
    }
    if ((flags & HEADER_CHECKSUM) != 0) {
      CRC32 header = new CRC32();
      header.update(bytes.asSlice(position, cursor.position() - position).asByteBuffer());
      if ((header.getValue() & 0xffff) != cursor.u16()) {
        throw damaged("the checksum of a header is wrong");
      }
    }
    position = cursor.position();
    dataStart = position;
    inflater.reset();
    crc.reset();
    inMember = true;
    return true;
  }

  private boolean isPadding() {
    for (long at = position; at < bytes.byteSize(); at++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, at) != 0) {
        return false;
      }
    }
    return true;
  }

  private void feed() {
    long size = Math.min(PIECE, bytes.byteSize() - position);
    if (size == 0) {
      throw new InvalidInputException(
          source + ": truncated gzip: it ends inside its deflated data");
    }
    inflater.setInput(bytes.asSlice(position, size).asByteBuffer());
    position += size;
  }

  private void endMember() {
    Cursor trailer = cursor(dataStart + inflater.getBytesRead());
    if (trailer.u32() != crc.getValue()
        || trailer.u32() != (inflater.getBytesWritten() & 0xffffffffL)) {
      throw damaged("its checksum or length is wrong");
    }
    position = trailer.position();
    inMember = false;
  }

  private Cursor cursor(long at) {
    return new Cursor(source + ": gzip", bytes, ByteOrder.LITTLE_ENDIAN).seek(at);
  }

  private InvalidInputException damaged(String what) {
    return new InvalidInputException(source + ": damaged gzip: " + what);
  }

  @Override
  public void close() {
    inflater.end();
  }
}
