package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.MappedFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The whole content of a file, after gzip where it is compressed.
 *
 * @param origin where it comes from
 * @param bytes the content; read-only where mapped
 * @param mapped whether {@code bytes} is the file itself in memory, not a copy
 * @param stays whether that mapping may be used when reading is over
 */
record InputFile(InputSource origin, MemorySegment bytes, boolean mapped, boolean stays) {
  private static final int CHUNK = 1 << 20;

  /**
   * Beyond so much, a compressed content is counted first and then read into memory of its size.
   */
  private static final long GATHERED = 256 << 20;

  /** What a content's first bytes say it is. */
  enum Format {
    NPY,
    ZIP,
    IDX,
    PNG,
    JPEG,
    CIFAR,
    TEXT,
    UNKNOWN
  }

  /**
   * Opens a file. A regular file is mapped, at once whatever its size; what stays of it is {@link
   * #kept}. What must be copied (a pipe, the content of a {@code .gz}) goes to {@code copies}.
   *
   * @throws InvalidInputException if it is missing, a directory, unreadable, damaged gzip, or
   *     larger than its source's limit
   */
  static InputFile open(InputSource origin, Arena mappings, Arena copies) throws IOException {
    Path path = origin.path();
    requireNoDirectory(origin);
    boolean mapped = origin.stream().isEmpty() && Files.isRegularFile(path);
    boolean stays = false;
    MemorySegment bytes;
    try {
      stays = mapped && Files.size(path) >= origin.mapped();
      bytes = mapped ? MappedFile.map(path, stays ? mappings : copies) : readAll(origin, copies);
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(path + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw new InvalidInputException(path + ": permission to read it is denied", e);
    } catch (FileSystemException e) {
      throw new InvalidInputException(path + ": cannot be opened: " + e.getReason(), e);
    }
    if (!startsWith(bytes, 0x1f, 0x8b)) {
      return new InputFile(origin, bytes, mapped, stays);
    }
    return new InputFile(origin, gunzip(origin, bytes, copies), false, false);
  }

  /** As {@link #open(InputSource, Arena, Arena)}, of a file with the usual limit. */
  static InputFile open(Path path, Arena mappings, Arena copies) throws IOException {
    return open(InputSource.of(path), mappings, copies);
  }

  private static void requireNoDirectory(InputSource origin) {
    if (origin.isDirectory()) {
      throw new InvalidInputException(origin.path() + ": is a directory; a file is needed");
    }
  }

  Path path() {
    return origin.path();
  }

  String source() {
    return origin.path().toString();
  }

  Format format() {
    if (startsWith(bytes, NpyHeader.MAGIC)) {
      return Format.NPY;
    }
    if (startsWith(bytes, 'P', 'K', 3, 4) || startsWith(bytes, 'P', 'K', 5, 6)) {
      return Format.ZIP;
    }
    if (startsWith(bytes, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
      return Format.PNG;
    }
    if (startsWith(bytes, Jpeg.MAGIC)) {
      return Format.JPEG;
    }
    if (Cifar.labels(this) > 0) {
      return Format.CIFAR;
    }
    if (startsWith(bytes, 0, 0) && bytes.byteSize() >= 4) {
      return Format.IDX;
    }
    return Csv.isText(bytes) ? Format.TEXT : Format.UNKNOWN;
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
   * Inflates without taking memory on the word of anyone: what is small is gathered as it comes,
   * what is large is counted to its end or to the limit before memory for it is taken.
   */
  private static MemorySegment gunzip(InputSource origin, MemorySegment bytes, Arena copies)
      throws IOException {
    String source = origin.path().toString();
    List<byte[]> chunks = new ArrayList<>();
    long total;
    try (InputStream in = new GzipStream(source, bytes)) {
      long gathered = Math.min(origin.limit(), Math.min(GATHERED, heapShare()));
      total = gather(in, gathered, chunks);
      if (total <= gathered) {
        return join(source, chunks, total, copies);
      }
      chunks.clear();
      byte[] counted = new byte[CHUNK];
      for (int size; total <= origin.limit() && (size = in.read(counted)) >= 0; ) {
        total += size;
      }
    }
    if (total > origin.limit()) {
      throw origin.tooLarge("its %d bytes of gzip become more".formatted(bytes.byteSize()));
    }
    try (InputStream in = new GzipStream(source, bytes)) {
      return fill(in, Memory.allocate(source, total, copies));
    }
  }

  private static long heapShare() {
    return Runtime.getRuntime().maxMemory() / 8;
  }

  /** Reads to the end of the stream, or a little beyond a limit; returns the bytes that came. */
  private static long gather(InputStream in, long limit, List<byte[]> chunks) throws IOException {
    long total = 0;
    byte[] chunk;
    do {
      chunk = in.readNBytes(CHUNK);
      chunks.add(chunk);
      total += chunk.length;
    } while (chunk.length == CHUNK && total <= limit);
    return total;
  }

  private static MemorySegment join(String source, List<byte[]> chunks, long total, Arena arena) {
    MemorySegment bytes = Memory.allocate(source, total, arena);
    long at = 0;
    for (byte[] part : chunks) {
      MemorySegment.copy(part, 0, bytes, ValueLayout.JAVA_BYTE, at, part.length);
      at += part.length;
    }
    return bytes;
  }

  /** Fills memory from a stream; what is returned is shorter where the stream ends before. */
  static MemorySegment fill(InputStream in, MemorySegment to) throws IOException {
    byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1, to.byteSize()))];
    long at = 0;
    while (at < to.byteSize()) {
      int size = in.read(chunk, 0, (int) Math.min(chunk.length, to.byteSize() - at));
      if (size < 0) {
        break;
      }
      MemorySegment.copy(chunk, 0, to, ValueLayout.JAVA_BYTE, at, size);
      at += size;
    }
    return to.asSlice(0, at);
  }

  /** A pipe or a device, whose end nobody knows. */
  private static MemorySegment readAll(InputSource origin, Arena arena) throws IOException {
    String source = origin.path().toString();
    List<byte[]> chunks = new ArrayList<>();
    try (InputStream in =
        origin.stream().isPresent() ? origin.stream().get() : Files.newInputStream(origin.path())) {
      long total = gather(in, origin.limit(), chunks);
      if (total > origin.limit()) {
        throw origin.tooLarge("more bytes come");
      }
      return join(source, chunks, total, arena);
    } catch (OutOfMemoryError e) {
      chunks.clear();
      throw origin.tooLarge("more bytes come than memory is there");
    }
  }

  /**
   * The numbers of an array as they may stay when reading is over: those of a large mapped file
   * where they lie, a copy of those of a small one.
   */
  MemorySegment kept(NdArray array, Arena arena) {
    boolean within = mapped && bytes.asOverlappingSlice(array.data()).isPresent();
    if (!within || stays) {
      return array.data();
    }
    return Memory.allocate(source(), array.data().byteSize(), arena).copyFrom(array.data());
  }

  /** Work on mapped bytes, which others may cut meanwhile. */
  static <T> T reading(Reading<T> work) throws IOException {
    try {
      return work.read();
    } catch (InternalError e) {
      throw MappedFile.explain(e);
    }
  }

  /** What reads a file. */
  interface Reading<T> {
    T read() throws IOException;
  }

  /** A cursor at the start of the content. */
  Cursor cursor(ByteOrder order) {
    return new Cursor(source(), bytes, order);
  }
}
