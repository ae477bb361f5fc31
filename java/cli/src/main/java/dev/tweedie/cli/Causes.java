package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.OutOfNativeMemoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * What a failure is due to: what was given (a value, a file, a place that cannot be read or
 * written, more than this machine has), or this program. All kinds are told apart here, wherever
 * they were thrown.
 */
final class Causes {
  private Causes() {}

  /** What to say of a failure that what was given has caused; null for a failure inside. */
  static String ofBadInput(Throwable failure) {
    return switch (failure) {
      case InvalidInputException invalid -> invalid.getMessage();
      case InvalidPathException path -> name(path);
      case UncheckedIOException unchecked -> file(unchecked.getCause());
      case IOException io -> file(io);
      case OutOfNativeMemoryException memory -> memory(memory.getMessage());
      case OutOfMemoryError error -> memory(error.getMessage());
      default -> null;
    };
  }

  private static String memory(String found) {
    return "memory: found too little (%s), allowed: fewer rows, or a larger machine"
        .formatted(found);
  }

  /** A name that this system cannot have: with a NUL, or outside of what its locale can spell. */
  private static String name(InvalidPathException failure) {
    String allowed =
        failure.getInput().indexOf(0) >= 0
            ? "a name without the character NUL"
            : "names that the locale can spell (its encoding is %s; LC_ALL=C.UTF-8 spells all)"
                .formatted(System.getProperty("sun.jnu.encoding"));
    return "name of a file: found '%s', allowed: %s".formatted(failure.getInput(), allowed);
  }

  private static String file(IOException failure) {
    if (!(failure instanceof FileSystemException file) || file.getFile() == null) {
      return "input or output: found '%s', allowed: files that can be read and written"
          .formatted(failure.getMessage());
    }
    String reason =
        switch (file) {
          case AccessDeniedException _ -> "permission is denied";
          case NoSuchFileException _ -> "no such file";
          case NotDirectoryException _ -> "not a directory";
          case FileSystemLoopException _ -> "links that lead to themselves";
          default -> file.getReason() == null ? file.getClass().getSimpleName() : file.getReason();
        };
    return "%s: found: %s, allowed: what can be read or written".formatted(file.getFile(), reason);
  }
}
