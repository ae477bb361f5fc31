package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The central directory of a zip archive in memory (PKWARE's APPNOTE 6.3), with zip64. The JDK's
 * own readers work on paths or copy; here a stored entry of a mapped file is a view of it.
 */
final class ZipDirectory {
  private static final long LOCAL = 0x04034b50L;
  private static final long CENTRAL = 0x02014b50L;
  private static final long END = 0x06054b50L;
  private static final long END64 = 0x06064b50L;
  private static final long LOCATOR64 = 0x07064b50L;
  private static final int END_BYTES = 22;
  private static final int LOCATOR64_BYTES = 20;
  private static final int MAX_COMMENT = 0xffff;
  private static final long IN_EXTRA = 0xffffffffL; // the real value is in the zip64 extra field
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int MAX_DEFLATE_RATIO = 1032;

  private record Entry(int method, long crc, long compressed, long size, long offset) {}

  private final InputSource origin;
  private final String source;
  private final MemorySegment bytes;
  private long inflated; // of all entries so far
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * @throws InvalidInputException if the directory is missing or damaged
   */
  ZipDirectory(InputFile file) {
    this.origin = file.origin();
    this.source = file.source();
    this.bytes = file.bytes();
    long endOffset = findEnd();
    Cursor end = cursor().seek(endOffset);
    end.take(10); // signature, disk numbers, entries on this disk
    long count = end.u16();
    end.u32(); // size of the directory
    long offset = end.u32();
    if (count == 0xffff || offset == IN_EXTRA) {
      Cursor end64 = findEnd64(endOffset);
      if (end64 != null) {
        end64.take(28); // sizes, versions, disk numbers, entries on this disk
        count = end64.i64();
        end64.i64();
        offset = end64.i64();
      }
    }
    Cursor cursor = cursor().seek(offset);
    for (long i = 0; i < count; i++) {
      readEntry(cursor);
    }
  }

  /** Names of all entries, in the archive's order. */
  Iterable<String> names() {
    return entries.keySet();
  }

  /** Whether an entry's content begins so; false where it cannot be told. */
  boolean startsWith(String name, int... magic) {
    Entry entry = entry(name);
    MemorySegment stored = raw(name, entry);
    if (entry.method == STORED) {
      return InputFile.startsWith(stored, magic);
    }
    Inflater inflater = new Inflater(true);
    try (InputStream in = new InflaterInputStream(new SegmentInputStream(stored), inflater)) {
      return InputFile.startsWith(MemorySegment.ofArray(in.readNBytes(magic.length)), magic);
    } catch (IOException e) {
      return false;
    } finally {
      inflater.end();
    }
  }

  /** The content of an entry: a view where it is stored, else inflated into {@code copies}. */
  MemorySegment content(String name, Arena copies) {
    Entry entry = entry(name);
    MemorySegment content = raw(name, entry);
    if (entry.method == DEFLATED) {
      content = inflate(name, content, entry.size, copies);
    }
    if (content.byteSize() != entry.size) {
      throw damaged(
          "'%s' has %d bytes, not the %d its directory says"
              .formatted(name, content.byteSize(), entry.size));
    }
    if (crc32(content) != entry.crc) {
      throw damaged("the checksum of '" + name + "' is wrong");
    }
    return content;
  }

  private Entry entry(String name) {
    return Objects.requireNonNull(entries.get(name), name);
  }

  private MemorySegment raw(String name, Entry entry) {
    Cursor local = cursor().seek(entry.offset);
    if (local.u32() != LOCAL) {
      throw damaged("no header where the directory says '" + name + "' is");
    }
    local.take(22);
    int nameBytes = local.u16();
    int extraBytes = local.u16();
    local.take((long) nameBytes + extraBytes);
    return local.take(entry.compressed);
  }

  static long crc32(MemorySegment content) {
    CRC32 crc = new CRC32();
    int chunk = 1 << 30; // a buffer's size is an int
    for (long at = 0; at < content.byteSize(); at += chunk) {
      crc.update(content.asSlice(at, Math.min(chunk, content.byteSize() - at)).asByteBuffer());
    }
    return crc.getValue();
  }

  private MemorySegment inflate(String name, MemorySegment from, long size, Arena copies) {
    // 258 bytes from two bits are deflate's best; a directory that says more lies.
    if (size < 0 || size / MAX_DEFLATE_RATIO > from.byteSize()) {
      throw damaged(
          "'%s' has %d bytes deflated, which cannot become %d"
              .formatted(name, from.byteSize(), size));
    }
    if (size > origin.limit() - inflated) {
      throw origin.tooLarge(
          "'%s' becomes %d bytes%s"
              .formatted(
                  name, size, inflated == 0 ? "" : " after %d of others".formatted(inflated)));
    }
    Inflater inflater = new Inflater(true);
    try (InputStream in =
        new InflaterInputStream(new SegmentInputStream(from), inflater, 1 << 16)) {
      MemorySegment content = InputFile.fill(in, Memory.allocate(source, size, copies));
      if (in.read() >= 0) {
        throw damaged("'%s' has more than the %d bytes its directory says".formatted(name, size));
      }
      inflated += size;
      return content;
    } catch (IOException e) { // the bytes are in memory, so only their content can be at fault
      throw damaged("'" + name + "' cannot be inflated: " + e.getMessage());
    } finally {
      inflater.end();
    }
  }

  private long findEnd() {
    long last = bytes.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
      Cursor cursor = cursor().seek(at);
      if (cursor.u32() == END) {
        cursor.take(16);
        if (cursor.u16() == last - at) {
          return at;
        }
      }
    }
    throw damaged("truncated: no zip directory at its end");
  }

  private @Nullable Cursor findEnd64(long end) {
    if (end < LOCATOR64_BYTES) {
      return null;
    }
    Cursor locator = cursor().seek(end - LOCATOR64_BYTES);
    if (locator.u32() != LOCATOR64) {
      return null;
    }
    locator.u32(); // disk
    Cursor end64 = cursor().seek(locator.i64());
    if (end64.u32() != END64) {
      throw damaged("no zip64 directory where it should be");
    }
    return end64;
  }

  private void readEntry(Cursor cursor) {
    if (cursor.u32() != CENTRAL) {
      throw damaged("a zip directory entry is missing");
    }
    cursor.take(4); // versions
    int flags = cursor.u16();
    int method = cursor.u16();
    cursor.u32(); // time
    long crc = cursor.u32();
    long compressed = cursor.u32();
    long size = cursor.u32();
    int nameBytes = cursor.u16();
    int extraBytes = cursor.u16();
    int commentBytes = cursor.u16();
    cursor.take(8); // disk, attributes
    long offset = cursor.u32();
    String name = cursor.text(nameBytes).replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    Cursor extra = new Cursor(source, cursor.take(extraBytes), ByteOrder.LITTLE_ENDIAN);
    cursor.take(commentBytes);
    while (extra.remaining() >= 4) {
      int id = extra.u16();
      Cursor field = new Cursor(source, extra.take(extra.u16()), ByteOrder.LITTLE_ENDIAN);
      if (id == 1) { // zip64: only the values that did not fit, in this order
        size = size == IN_EXTRA ? field.i64() : size;
        compressed = compressed == IN_EXTRA ? field.i64() : compressed;
        offset = offset == IN_EXTRA ? field.i64() : offset;
      }
    }
    if ((flags & 1) != 0) {
      throw damaged("'" + name + "' is encrypted; allowed: stored or deflated without a password");
    }
    if (method != STORED && method != DEFLATED) {
      throw damaged(
          "'%s' is compressed by method %d; allowed: 0 (stored), 8 (deflated)"
              .formatted(name, method));
    }
    if (entries.put(name, new Entry(method, crc, compressed, size, offset)) != null) {
      throw damaged("'" + name + "' appears twice");
    }
  }

  private Cursor cursor() {
    return new Cursor(source, bytes, ByteOrder.LITTLE_ENDIAN);
  }

  private InvalidInputException damaged(String what) {
    return new InvalidInputException(source + ": " + what);
  }
}
