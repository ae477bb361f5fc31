package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * The whole content of a file, after gzip where it is compressed.
 *
 * @param path the file, for messages
 * @param bytes the content; read-only where mapped
 * @param mapped whether {@code bytes} is the file itself in memory, not a copy
 */
record InputFile(Path path, MemorySegment bytes, boolean mapped) {
  private static final int CHUNK = 1 << 20;

  /** What a content's first bytes say it is. */
  enum Format {
    NPY,
    ZIP,
    IDX,
    PNG,
    UNKNOWN
  }

  /**
   * Opens a file. A regular file is mapped, at once whatever its size; it must not be truncated by
   * others while it is used. What must be copied (a pipe, the content of a {@code .gz}) goes to
   * {@code copies}.
   *
   * @throws InvalidInputException if it is missing, a directory, unreadable, or damaged gzip
   */
  static InputFile open(Path path, Arena mappings, Arena copies) throws IOException {
    requireNoDirectory(path);
    boolean mapped = Files.isRegularFile(path);
    MemorySegment bytes;
    try {
      bytes = mapped ? map(path, mappings) : readAll(path, copies);
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(path + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw new InvalidInputException(path + ": permission to read it is denied", e);
    } catch (FileSystemException e) {
      throw new InvalidInputException(path + ": cannot be opened: " + e.getReason(), e);
    }
    if (!startsWith(bytes, 0x1f, 0x8b)) {
      return new InputFile(path, bytes, mapped);
    }
    try (InputStream in = new GZIPInputStream(new SegmentInputStream(bytes), 1 << 16)) {
      return new InputFile(path, readAll(in, Long.MAX_VALUE, copies), false);
    } catch (IOException e) { // the bytes are in memory, so only their content can be at fault
      throw new InvalidInputException(path + ": damaged or truncated gzip: " + e.getMessage(), e);
    }
  }

  private static void requireNoDirectory(Path path) {
    if (Files.isDirectory(path)) {
      throw new InvalidInputException(path + ": is a directory; a file is needed");
    }
  }

  String source() {
    return path.toString();
  }

  Format format() {
    if (startsWith(bytes, 0x93, 'N', 'U', 'M', 'P', 'Y')) {
      return Format.NPY;
    }
    if (startsWith(bytes, 'P', 'K', 3, 4) || startsWith(bytes, 'P', 'K', 5, 6)) {
      return Format.ZIP;
    }
    if (startsWith(bytes, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
      return Format.PNG;
    }
    return startsWith(bytes, 0, 0) && bytes.byteSize() >= 4 ? Format.IDX : Format.UNKNOWN;
  }

  /** The first bytes in hexadecimal, for a message about a content that is not the expected one. */
  static String firstBytes(MemorySegment bytes) {
    if (bytes.byteSize() == 0) {
      return "it is empty";
    }
    byte[] first = bytes.asSlice(0, Math.min(8, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE);
    return "its first bytes are " + HexFormat.ofDelimiter(" ").formatHex(first);
  }

  static boolean startsWith(MemorySegment bytes, int... magic) {
    if (bytes.byteSize() < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, i) != (byte) magic[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads a stream to its end, or to {@code limit} + 1 bytes, into 64-byte aligned memory. Nothing
   * is reserved on the word of a header: memory grows with the bytes that really come.
   */
  static MemorySegment readAll(InputStream in, long limit, Arena arena) throws IOException {
    List<byte[]> chunks = new ArrayList<>();
    long total = 0;
    byte[] chunk;
    do {
      chunk = in.readNBytes(CHUNK);
      chunks.add(chunk);
      total += chunk.length;
    } while (chunk.length == CHUNK && total <= limit);
    MemorySegment bytes = arena.allocate(total, 64);
    long at = 0;
    for (byte[] part : chunks) {
      MemorySegment.copy(part, 0, bytes, ValueLayout.JAVA_BYTE, at, part.length);
      at += part.length;
    }
    return bytes;
  }

  private static MemorySegment map(Path path, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  private static MemorySegment readAll(Path path, Arena arena) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return readAll(in, Long.MAX_VALUE, arena);
    }
  }

  /** A cursor at the start of the content. */
  Cursor cursor(ByteOrder order) {
    return new Cursor(source(), bytes, order);
  }
}
