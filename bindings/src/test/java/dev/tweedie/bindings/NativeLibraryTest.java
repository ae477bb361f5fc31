package dev.tweedie.bindings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with a library, the answer is one line that says so; nothing is thrown. */
class NativeLibraryTest {
  private static final String NAME = "tweedie_cpu";
  private static final String FILE = System.mapLibraryName(NAME);

  @TempDir Path folder;

  @Test
  void theBuiltLibraryLoads() {
    assumeBuilt();
    assertEquals("", NativeLibrary.cpu().reason().orElse(""));
    assertTrue(Files.isRegularFile(NativeLibrary.cpu().path().orElseThrow()));
  }

  @Test
  void aJarWithoutTheLibrarySaysForWhichPlatform() {
    ClassLoader empty = ClassLoader.getPlatformClassLoader();
    NativeLibrary library =
        NativeLibrary.fromResource(NAME, empty, List.of(Extraction.inCache(folder)));
    assertReason(library, "no tweedie-native on the path that was built for ");
  }

  @Test
  void aMissingFileIsNamed() {
    assertReason(NativeLibrary.fromDirectory(NAME, folder), folder.resolve(FILE) + " not found");
  }

  @Test
  void aFileThatIsNoLibraryIsRefused() throws IOException {
    Files.writeString(folder.resolve(FILE), "not a library");
    assertReason(NativeLibrary.fromDirectory(NAME, folder), FILE + " is no native library");
  }

  @Test
  void aTruncatedLibraryIsRefusedBeforeItKillsTheProcess() throws IOException {
    byte[] content = builtLibrary();
    Files.write(folder.resolve(FILE), Arrays.copyOf(content, content.length / 2));
    assertReason(NativeLibrary.fromDirectory(NAME, folder), FILE + " is truncated");
  }

  @Test
  void aLibraryOfAnotherHeaderIsNotLoaded() throws IOException {
    byte[] content = builtLibrary();
    byte[] abi = headerHash().getBytes(StandardCharsets.US_ASCII);
    int at = indexOf(content, abi);
    assertTrue(at >= 0, "the header's hash is compiled into the library");
    Arrays.fill(content, at, at + abi.length, (byte) '0');
    Files.write(folder.resolve(FILE), content);
    assertReason(
        NativeLibrary.fromDirectory(NAME, folder),
        "was built from another tweedie.h: its hash is 000000000000");
  }

  @Test
  void aLibraryThatIsNotOursIsNotLoaded() throws IOException {
    byte[] content = builtLibrary();
    byte[] symbol = (NAME + "_abi\0").getBytes(StandardCharsets.US_ASCII);
    for (int at = indexOf(content, symbol); at >= 0; at = indexOf(content, symbol)) {
      content[at] = 'x';
    }
    Files.write(folder.resolve(FILE), content);
    assertReason(NativeLibrary.fromDirectory(NAME, folder), "it has no symbol tweedie_cpu_abi");
  }

  @Test
  void extractionIsDoneOnceAndRepairsADamagedFile() throws IOException {
    byte[] content = {1, 2, 3};
    Extraction cache = Extraction.inCache(folder);
    Path file = cache.write(content, FILE);
    var written = Files.getLastModifiedTime(file);
    assertEquals(file, cache.write(content, FILE));
    assertEquals(written, Files.getLastModifiedTime(file));
    Files.write(file, new byte[] {1, 2});
    cache.write(content, FILE);
    assertArrayEquals(content, Files.readAllBytes(file));
    try (var files = Files.list(file.getParent())) {
      assertEquals(List.of(file), files.toList(), "no part is left beside the library");
    }
  }

  @Test
  void anUnusablePlaceIsPassedOver() throws IOException {
    assumeBuilt();
    Path file = Files.writeString(folder.resolve("file"), "a folder cannot be made under it");
    Extraction unusable = Extraction.inCache(file.resolve("cache"));
    ClassLoader loader = NativeLibrary.class.getClassLoader();
    NativeLibrary found =
        NativeLibrary.fromResource(NAME, loader, List.of(unusable, Extraction.inCache(folder)));
    assertEquals("", found.reason().orElse(""));
    assertTrue(found.path().orElseThrow().startsWith(folder));
    assertReason(
        NativeLibrary.fromResource(NAME, loader, List.of(unusable)),
        "cannot extract to " + file.resolve("cache") + ": ");
  }

  @Test
  void theTemporaryFolderServesWhereThereIsNoHome() throws IOException {
    assumeBuilt();
    ClassLoader loader = NativeLibrary.class.getClassLoader();
    List<Extraction> places =
        List.of(Extraction.inCache(Path.of("?")), Extraction.places().getLast());
    assertEquals("", NativeLibrary.fromResource(NAME, loader, places).reason().orElse(""));
  }

  @Test
  void aPlaceMountedNoexecIsNamed() throws IOException {
    assumeBuilt();
    Path mount = noexecMount();
    Path place = Files.createTempDirectory(mount, "tweedie-test");
    try {
      ClassLoader loader = NativeLibrary.class.getClassLoader();
      List<Extraction> places = List.of(Extraction.inCache(place));
      assertReason(NativeLibrary.fromResource(NAME, loader, places), "mounted noexec");
    } finally {
      try (var files = Files.walk(place)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void assertReason(NativeLibrary library, String part) {
    String reason = library.reason().orElse("");
    assertTrue(reason.contains(part), () -> "wanted: " + part + "\nfound: " + reason);
    assertFalse(reason.contains("\n"), reason);
    assertTrue(library.path().isEmpty());
  }

  private static void assumeBuilt() {
    assumeTrue(
        builtResource() != null, "the native library is not built: no cmake or no C compiler");
  }

  private static byte[] builtLibrary() throws IOException {
    assumeBuilt();
    try (InputStream in = builtResource().openStream()) {
      return in.readAllBytes();
    }
  }

  private static java.net.URL builtResource() {
    return NativeLibrary.class
        .getClassLoader()
        .getResource("dev/tweedie/native/" + NativeLibrary.platform() + "/" + FILE);
  }

  /** Of the interface: the header, and behind it the list of ops that it includes. */
  static String headerHash() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (String file : List.of("tweedie.h", "ops.def")) {
      text.write(Files.readAllBytes(Path.of("../native/include", file)));
    }
    return Sha256.of(text.toByteArray());
  }

  private static Path noexecMount() throws IOException {
    Path mounts = Path.of("/proc/mounts");
    assumeTrue(Files.isReadable(mounts), "no /proc/mounts to find a noexec file system in");
    for (String line : Files.readAllLines(mounts)) {
      String[] fields = line.split(" ");
      Path mount = Path.of(fields[1]);
      if (fields[2].equals("tmpfs")
          && List.of(fields[3].split(",")).contains("noexec")
          && Files.isWritable(mount)) {
        return mount;
      }
    }
    assumeTrue(false, "no writable file system is mounted noexec here");
    return null;
  }

  private static int indexOf(byte[] content, byte[] part) {
    for (int i = 0; i + part.length <= content.length; i++) {
      if (Arrays.equals(content, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    return -1;
  }

  /** Code in a folder that others may write to is theirs: it would run as this user. */
  @Test
  void othersCannotWriteWhatIsLoaded(@TempDir Path home) throws IOException {
    assumeTrue(Files.getFileStore(home).supportsFileAttributeView("posix"), "no modes here");
    byte[] content = {1, 2, 3};
    Path cache = home.resolve("cache");
    Path file = Extraction.inCache(cache).write(content, "lib.so");
    assertEquals(file, Extraction.inCache(cache).write(content, "lib.so"));
    for (Path open : List.of(cache, file.getParent())) {
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
      Extraction.inCache(cache).write(content, "lib.so");
      assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(open)));
    }
    try { // only root can make a folder another's
      Files.setOwner(
          cache,
          home.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
      String message =
          assertThrows(IOException.class, () -> Extraction.inCache(cache).write(content, "lib.so"))
              .getMessage();
      assertTrue(message.contains("is another user's"), message);
      Files.setOwner(cache, Files.getOwner(home));
    } catch (FileSystemException | UserPrincipalNotFoundException e) {
      // seen where the tests run as root
    }
    // the same bytes, but others may change them before they are loaded
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    Path again = Extraction.inCache(cache).write(content, "lib.so");
    assertFalse(Files.getPosixFilePermissions(again).contains(PosixFilePermission.OTHERS_WRITE));
  }
}
