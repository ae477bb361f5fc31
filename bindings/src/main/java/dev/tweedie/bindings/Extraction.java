package dev.tweedie.bindings;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Writes a library from the jar to a file that can be loaded. */
@FunctionalInterface
interface Extraction {

  /**
   * Returns the file that holds the content.
   *
   * @throws IOException with a line for a user if it cannot be written
   */
  Path write(byte[] content, String fileName) throws IOException;

  /** In order of preference: the user's cache, then a temporary folder of this process. */
  static List<Extraction> places() {
    return List.of(inCache(cache()), Extraction::writeTemporary);
  }

  /** Tweedie's folder of the user's cache. */
  static Path cache() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache != null && Path.of(cache).isAbsolute()
            ? Path.of(cache)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("tweedie");
  }

  /**
   * To {@code folder/<checksum of the content>/fileName}, once for all processes. What is there is
   * compared, so the checksum need only tell versions apart. A SHA-256, which Java computes before
   * its compiler has seen it, took 10 to 30 ms of a start.
   */
  static Extraction inCache(Path folder) {
    return (content, fileName) -> {
      try {
        return writeOnce(content, folder.resolve(checksum(content)).resolve(fileName));
      } catch (IOException e) {
        throw new IOException("cannot extract to " + folder + ": " + describe(e), e);
      }
    };
  }

  /**
   * The file is written beside and renamed, so that two processes that start together, or one that
   * is killed, never leave half a library; one that is damaged all the same is written again.
   */
  private static Path writeOnce(byte[] content, Path file) throws IOException {
    if (!file.isAbsolute()) { // user.home is "?" where the user has none
      throw new IOException("no home folder");
    }
    Path folder = requireNonNull(file.getParent());
    Files.createDirectories(folder);
    for (Path each : List.of(requireNonNull(folder.getParent()), folder)) {
      requireOwn(each);
    }
    if (Files.isRegularFile(file)
        && isOwn(file)
        && Arrays.equals(Files.readAllBytes(file), content)) {
      return file;
    }
    Path part = Files.createTempFile(folder, "part", null);
    try {
      Files.write(part, content);
      move(part, file);
    } finally {
      Files.deleteIfExists(part);
    }
    return file;
  }

  /**
   * Code that is loaded runs as this user, so only this user may have written it: others lose the
   * right to write to a folder of this user.
   *
   * @throws IOException where the folder is another's
   */
  private static void requireOwn(Path folder) throws IOException {
    if (isOwn(folder)) {
      return;
    }
    var view = Files.getFileAttributeView(folder, PosixFileAttributeView.class, NOFOLLOW_LINKS);
    PosixFileAttributes attributes = view.readAttributes();
    if (!attributes.isDirectory() || !attributes.owner().equals(Self.USER)) {
      throw new IOException(folder + " is another user's, who could put code there");
    }
    Set<PosixFilePermission> mode = EnumSet.copyOf(attributes.permissions());
    mode.removeAll(Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE));
    view.setPermissions(mode);
  }

  /** Whether a file is this user's, and nobody else may write to it; links are not followed. */
  private static boolean isOwn(Path file) throws IOException {
    PosixFileAttributes attributes;
    try {
      attributes = Files.readAttributes(file, PosixFileAttributes.class, NOFOLLOW_LINKS);
    } catch (UnsupportedOperationException e) {
      return true; // a system without owners and modes
    }
    Set<PosixFilePermission> mode = attributes.permissions();
    return attributes.owner().equals(Self.USER)
        && !mode.contains(PosixFilePermission.GROUP_WRITE)
        && !mode.contains(PosixFilePermission.OTHERS_WRITE);
  }

  /** Who runs this. */
  final class Self {
    static final @Nullable UserPrincipal USER = find();

    private Self() {}

    private static @Nullable UserPrincipal find() {
      Path process = Path.of("/proc/self");
      try {
        return Files.exists(process)
            ? Files.getOwner(process)
            : process
                .getFileSystem()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(System.getProperty("user.name"));
      } catch (IOException | UnsupportedOperationException e) {
        return null; // nobody is known: nothing that is found is trusted
      }
    }
  }

  /** A folder of its own, since others may write to the one that holds it. */
  private static Path writeTemporary(byte[] content, String fileName) throws IOException {
    try {
      Path folder = Files.createTempDirectory("tweedie");
      folder.toFile().deleteOnExit();
      Path file = folder.resolve(fileName);
      try {
        Files.write(file, content);
      } catch (IOException e) { // half a library is of no use, and would fill what is full
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder);
        throw e;
      }
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      String folder = System.getProperty("java.io.tmpdir");
      throw new IOException("cannot extract to " + folder + ": " + describe(e), e);
    }
  }

  static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** What went wrong in words: the message of many file system exceptions is only a path. */
  static String describe(IOException e) {
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    String message = e.getMessage();
    return e instanceof FileSystemException || message == null
        ? e.getClass().getSimpleName()
        : message;
  }

  private static String checksum(byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(content);
    return Long.toHexString(crc.getValue());
  }
}
