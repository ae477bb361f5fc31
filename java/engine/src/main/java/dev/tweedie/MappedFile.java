package dev.tweedie;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A file that is mapped into memory, with the size and time that it had then. Where others cut it,
 * the pages beyond its new end are gone: native code that reads one ends the process, Java code
 * gets an {@link InternalError}. So whoever is about to read it asks {@link #requireUnchanged}. A
 * file that was replaced or removed is not changed: what was mapped is still there. Not API.
 */
public final class MappedFile {
  private static final List<MappedFile> ALL = new CopyOnWriteArrayList<>();

  private final Path path;
  private final BasicFileAttributes before;
  private final long address;
  private final long size;
  private final WeakReference<MemorySegment.Scope> life; // an automatic arena ends with its scope

  private MappedFile(Path path, BasicFileAttributes before, MemorySegment bytes) {
    this.path = path;
    this.before = before;
    address = bytes.address();
    size = bytes.byteSize();
    life = new WeakReference<>(bytes.scope());
  }

  /**
   * Maps a whole file, read-only.
   *
   * @throws InvalidInputException where the system has no room for the mapping
   */
  public static MemorySegment map(Path path, Arena arena) throws IOException {
    BasicFileAttributes before = attributes(path);
    try (FileChannel channel = FileChannel.open(path)) {
      long size = channel.size();
      MemorySegment bytes;
      try {
        bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      } catch (IOException e) { // address space that is limited
        throw new InvalidInputException(
            "%s: its %d bytes cannot be mapped into memory here: %s"
                .formatted(path, size, e.getMessage()),
            e);
      }
      ALL.removeIf(MappedFile::hasEnded);
      ALL.add(new MappedFile(path, before, bytes));
      return bytes;
    }
  }

  /** The file that some of this memory is mapped from; empty where there is none. */
  public static Optional<MappedFile> of(MemorySegment memory) {
    long end = memory.address() + memory.byteSize();
    for (MappedFile file : ALL) {
      if (memory.address() < file.address + file.size && file.address < end && !file.hasEnded()) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /**
   * What an error of Java code means that read mapped memory: where a file was changed, its
   * exception; else the error itself is thrown.
   */
  public static InvalidInputException explain(InternalError error) {
    for (MappedFile file : ALL) {
      String change = file.hasEnded() ? null : file.change();
      if (change != null) {
        return new InvalidInputException(change, error);
      }
    }
    throw error;
  }

  /**
   * To be called before each use.
   *
   * @throws InvalidInputException where others have written to the file or cut it
   */
  public void requireUnchanged() {
    String change = change();
    if (change != null) {
      throw new InvalidInputException(change);
    }
  }

  private boolean hasEnded() {
    MemorySegment.Scope scope = life.get();
    return scope == null || !scope.isAlive();
  }

  private @Nullable String change() {
    BasicFileAttributes now;
    try {
      now = attributes(path);
    } catch (IOException e) {
      return null; // removed, or out of reach: its pages stay
    }
    FileTime time = now.lastModifiedTime();
    boolean same = now.size() == before.size() && time.equals(before.lastModifiedTime());
    if (same || !Objects.equals(now.fileKey(), before.fileKey())) {
      return null;
    }
    return ("%s: changed while it was read in place: found %d bytes of %s, now %d of %s; allowed:"
            + " to replace it by renaming")
        .formatted(path, before.size(), before.lastModifiedTime(), now.size(), time);
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class);
  }
}
