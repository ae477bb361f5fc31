package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a file's content comes from, and how much of it is taken.
 *
 * @param path the file, or for a stream what names it in messages
 * @param stream read once to its end in place of the file; empty for a file
 * @param member the one array of an archive that is meant; empty for its only one
 * @param limit bytes that the content may have in memory: of a compressed file, a picture or a
 *     stream; a file that is mapped as it lies may have any size
 * @param mapped bytes of a file from which on numbers that can be used as they lie are read in
 *     place; those of a smaller one are copied, so that nobody can change them
 */
public record InputSource(
    Path path, Optional<InputStream> stream, String member, long limit, long mapped) {
  /** 4 GiB: ten times the largest of the usual data sets, compressed ones included. */
  public static final long DEFAULT_LIMIT = 4L << 30;

  /** 1 GiB: what is copied in less time than it takes to read it from a disk. */
  public static final long DEFAULT_MAPPED = 1L << 30;

  /** The word for standard input. */
  private static final String STANDARD = "-";

  private static final Pattern MEMBER = Pattern.compile("(.*\\.(?:npz|parquet)(?:\\.gz)?):([^/]+)");

  private static InputSource of(Path path, Optional<InputStream> stream, String member) {
    return new InputSource(path, stream, member, DEFAULT_LIMIT, DEFAULT_MAPPED);
  }

  /** A file or directory. */
  public static InputSource of(Path path) {
    if (path.toString().isEmpty()) {
      throw new InvalidInputException("found an empty name, allowed: a file or directory");
    }
    return of(path, Optional.empty(), "");
  }

  /**
   * A stream.
   *
   * @param name for messages
   */
  public static InputSource of(Path name, InputStream stream) {
    return of(name, Optional.of(stream), "");
  }

  /**
   * A name as people write it: {@code -} for standard input, {@code FILE.npz:NAME} for an array of
   * an archive (unless there is a file of that whole name), else a file or directory.
   *
   * @throws InvalidInputException for an empty name, or one that no file can have
   */
  public static InputSource parse(String name, InputStream standardInput) {
    if (name.equals(STANDARD)) {
      return of(Path.of("standard input"), standardInput);
    }
    Path whole = pathOf(name);
    Matcher member = MEMBER.matcher(name);
    if (member.matches() && !Files.exists(whole)) {
      return of(pathOf(member.group(1)), Optional.empty(), member.group(2));
    }
    return of(whole);
  }

  /**
   * The path of that name.
   *
   * @throws InvalidInputException where no file can have it here, as one with a NUL
   */
  public static Path pathOf(String name) {
    try {
      return Path.of(name);
    } catch (java.nio.file.InvalidPathException e) {
      throw new InvalidInputException(
          "found a name that no file can have here: %s".formatted(e.getReason()), e);
    }
  }

  /** The same with another limit. */
  public InputSource withLimit(long bytes) {
    return new InputSource(path, stream, member, bytes, mapped);
  }

  /** The same, read in place from another size on: 0 for always. */
  public InputSource mappedFrom(long bytes) {
    return new InputSource(path, stream, member, limit, bytes);
  }

  /** Whether it is a directory. */
  boolean isDirectory() {
    return stream.isEmpty() && Files.isDirectory(path);
  }

  InvalidInputException tooLarge(String what) {
    return new InvalidInputException(
        "%s: %s; allowed: %s in memory, the limit of reading".formatted(path, what, text(limit)));
  }

  /** Bytes as people say them. */
  static String text(long bytes) {
    return bytes >> 30 << 30 == bytes && bytes > 0 ? (bytes >> 30) + " GiB" : bytes + " bytes";
  }
}
