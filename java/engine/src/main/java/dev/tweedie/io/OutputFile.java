package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.HashSet;
import java.util.Set;

/**
 * An output that appears whole or not at all: written under a temporary name beside the target,
 * forced to the disk and renamed over it by {@link #commit}. Closed without commit, or when the JVM
 * is told to stop (Ctrl-C), the temporary file is removed and an earlier target stays as it was.
 * What a killed process leaves goes with the next output into that folder ({@link HalfFiles}). A
 * target that is replaced keeps its permissions, and its owner and group where this user may give
 * them.
 */
public final class OutputFile implements AutoCloseable {
  // Guards PENDING and stopping: a file is created and listed in one step, so that the shutdown
  // hook sees all of them, and none is created after the hook ran.
  private static final Object LOCK = new Object();
  private static final Set<Path> PENDING = new HashSet<>();
  private static boolean hooked;
  private static boolean stopping;
  private static long counter;

  private final Path target;
  private final Path temporary;
  private final FileOutputStream file;
  private final OutputStream stream;

  private OutputFile(Path target, Path temporary, FileOutputStream file) {
    this.target = target;
    this.temporary = temporary;
    this.file = file;
    stream = new BufferedOutputStream(file, 1 << 16);
  }

  /** What writes an output's content. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Refuses a target that cannot be written: to be called before any work. It creates and removes
   * an empty file beside the target, since nothing else tells for sure, and leaves nothing.
   *
   * @throws InvalidInputException if the target is a directory or no regular file, if it is write
   *     protected, or if its directory is missing or does not allow a new file
   */
  public static void check(Path target) throws IOException {
    create(target).close();
  }

  /** Writes a whole output, or nothing when {@code content} throws. */
  public static void write(Path target, Content content) throws IOException {
    try (OutputFile file = create(target)) {
      content.writeTo(file.stream());
      file.commit();
    }
  }

  /**
   * Begins an output.
   *
   * @throws InvalidInputException as {@link #check} says
   */
  public static OutputFile create(Path target) throws IOException {
    Path resolved = resolve(target);
    Path folder = resolved.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InvalidInputException(
          target
              + ": its directory "
              + folder
              + (folder != null && Files.exists(folder) ? " is a file" : " is missing"));
    }
    HalfFiles.sweep(folder);
    synchronized (LOCK) {
      hook();
      if (stopping) {
        throw new IOException(target + ": not written, the program is stopping");
      }
      while (true) {
        Path temporary = folder.resolve(HalfFiles.name(++counter));
        try {
          Files.createFile(temporary);
          PENDING.add(temporary);
          keepAttributes(resolved, temporary);
          // No channel of Files: an interrupted thread would close it in the middle of its output.
          FileOutputStream file = new FileOutputStream(temporary.toFile(), true);
          HalfFiles.hold(file.getChannel());
          return new OutputFile(resolved, temporary, file);
        } catch (FileAlreadyExistsException e) {
          // Left by a killed process of the same number; the next name is free.
        } catch (FileSystemException e) {
          throw new InvalidInputException(
              target + ": cannot be written into " + folder + ": " + reason(e), e);
        }
      }
    }
  }

  /** Where the content is written; buffered. */
  public OutputStream stream() {
    return stream;
  }

  /** Makes the content the target. Nothing may be written after it. */
  public void commit() throws IOException {
    stream.flush();
    // Before the new name: else a machine that loses power may be left with an empty target.
    file.getFD().sync();
    stream.close();
    synchronized (LOCK) {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      PENDING.remove(temporary);
    }
    try (FileChannel folder = FileChannel.open(temporary.getParent(), StandardOpenOption.READ)) {
      folder.force(true); // the name itself
    } catch (IOException e) {
      // Not every system opens a folder; the content is safe, and the old name or the new one is.
    }
  }

  /** Removes the temporary file unless it was committed. */
  @Override
  public void close() throws IOException {
    synchronized (LOCK) {
      if (!PENDING.contains(temporary)) {
        return;
      }
    }
    try {
      stream.close();
    } finally {
      synchronized (LOCK) { // listed until it is gone, so that the shutdown hook cannot miss it
        Files.deleteIfExists(temporary);
        PENDING.remove(temporary);
      }
    }
  }

  /**
   * Whether this process is writing a file of that name, in whatever way its folder was reached.
   */
  static boolean isPending(Path file) {
    synchronized (LOCK) {
      return PENDING.stream().anyMatch(pending -> pending.getFileName().equals(file.getFileName()));
    }
  }

  /** So that a file which only its owner could read does not become everybody's. */
  private static void keepAttributes(Path target, Path temporary) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
    if (view == null || !Files.exists(target)) {
      return;
    }
    PosixFileAttributes of = Files.readAttributes(target, PosixFileAttributes.class);
    try {
      view.setGroup(of.group());
      view.setOwner(of.owner());
    } catch (IOException e) {
      // Given away by the superuser alone, and a group only to one's own.
    }
    view.setPermissions(of.permissions());
  }

  /** The file to replace: where a symbolic link leads, so that the link stays a link. */
  private static Path resolve(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      throw new InvalidInputException(target + ": is a directory; an output is a file");
    }
    if (target.getFileName() == null || target.toString().isEmpty()) {
      throw new InvalidInputException("output '" + target + "': is not the name of a file");
    }
    try {
      Files.readAttributes(target, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      if (Files.isSymbolicLink(target)) {
        throw new InvalidInputException(
            target + ": is a link to " + Files.readSymbolicLink(target) + ", which does not exist",
            e);
      }
      return target;
    } catch (
        FileSystemException e) { // a name too long, a file where a directory belongs, no access
      throw new InvalidInputException(target + ": cannot be written: " + reason(e), e);
    }
    if (!Files.isRegularFile(target)) {
      throw new InvalidInputException(
          target + ": is a device or pipe; an output replaces a regular file or makes a new one");
    }
    if (!Files.isWritable(target)) {
      throw new InvalidInputException(target + ": permission to write it is denied");
    }
    return target.toRealPath();
  }

  private static String reason(FileSystemException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e.getReason() == null ? "no new file is possible there" : e.getReason();
  }

  private static void hook() {
    if (!hooked) {
      hooked = true;
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(OutputFile::stop, "tweedie-outputs"));
      } catch (IllegalStateException e) {
        stopping = true; // the JVM is going down already, and takes no more hooks
      }
    }
  }

  private static void stop() {
    synchronized (LOCK) {
      stopping = true;
      for (Path temporary : PENDING) {
        try {
          Files.deleteIfExists(temporary);
        } catch (IOException e) {
          // The JVM is going down: there is nobody left to tell, and the others must still go.
        }
      }
    }
  }
}
