package dev.tweedie.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * The temporary files of {@link OutputFile}, and those of processes that were killed. Who writes
 * one holds a lock on it, which the system ends with the process; a process number would tell
 * nothing of another machine or container that shares the folder.
 */
final class HalfFiles {
  private static final String PREFIX = ".tweedie-";
  private static final String SUFFIX = ".part";

  /** Far longer than from a file's creation to its lock. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private static final Set<Path> SWEPT = new HashSet<>();

  private HalfFiles() {}

  /** Short whatever the target's name is, which may already be as long as names can be. */
  static String name(long number) {
    return PREFIX + ProcessHandle.current().pid() + "-" + number + SUFFIX;
  }

  /** Says that a file is being written, until the channel is closed. */
  static void hold(FileChannel channel) {
    try {
      channel.tryLock();
    } catch (IOException e) {
      // No locks on this file system: nobody can take one to remove the file either.
    }
  }

  /**
   * Removes what killed processes left in a folder; once for each folder, since a folder of many
   * files takes time to list.
   */
  static void sweep(Path folder) {
    synchronized (SWEPT) {
      if (!SWEPT.add(folder.toAbsolutePath().normalize())) {
        return;
      }
    }
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(folder, PREFIX + "[0-9]*" + SUFFIX)) {
      for (Path file : found) {
        removeUnlessHeld(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // A folder that cannot be listed may still take the output.
    }
  }

  /** What is tried on {@code file} by whoever may not, fails, and leaves it as it is. */
  static void removeUnlessHeld(Path file) {
    try {
      // One of our own must not even be opened: closing it again would end our lock on it.
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          || OutputFile.isPending(file)
          || Files.getLastModifiedTime(file).toInstant().isAfter(Instant.now().minus(GRACE))) {
        return;
      }
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      // Not ours to remove.
    }
  }
}
