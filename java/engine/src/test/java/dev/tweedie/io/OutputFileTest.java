package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
  @TempDir Path folder;

  @Test
  void appearsOnlyWhenCommitted() throws IOException {
    Path target = folder.resolve("out.bin");
    try (OutputFile file = OutputFile.create(target)) {
      file.stream().write(new byte[100_000]);
      assertEquals(false, Files.exists(target));
      file.commit();
      assertEquals(100_000, Files.size(target));
    }
    assertOnly("out.bin");
  }

  @Test
  void keepsTheOldFileWhenTheContentFails() throws IOException {
    Path target = Files.writeString(folder.resolve("out.bin"), "old");
    assertThrows(
        IOException.class,
        () ->
            OutputFile.write(
                target,
                out -> {
                  out.write(new byte[100_000]);
                  throw new IOException("disk full");
                }));
    assertEquals("old", Files.readString(target));
    assertOnly("out.bin");
  }

  @Test
  void checkLeavesNothingBehind() throws IOException {
    OutputFile.check(folder.resolve("new.bin"));
    assertOnly();
    Files.writeString(folder.resolve("old.bin"), "old");
    OutputFile.check(folder.resolve("old.bin"));
    assertEquals("old", Files.readString(folder.resolve("old.bin")));
    assertOnly("old.bin");
  }

  @Test
  void refusesTargetsThatCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    assertRefused(() -> OutputFile.check(folder), folder + ": is a directory");
    assertRefused(() -> OutputFile.check(folder.resolve("absent/out")), "absent", "is missing");
    assertRefused(() -> OutputFile.check(file.resolve("out")), "out: ");
    assertRefused(
        () -> OutputFile.check(folder.resolve("n".repeat(300))), "nnn: cannot be written");
    assertRefused(() -> OutputFile.check(Path.of("")), "is a directory");
    assertRefused(() -> OutputFile.check(Path.of("/")), "is a directory");
    assertOnly("file");
  }

  // Renaming over a device would replace it: fatal for /dev/null, and the superuser may.
  @Test
  void neverReplacesADevice() {
    Path device = Path.of("/dev/null");
    Assumptions.assumeTrue(Files.exists(device), "no /dev/null on this system");
    assertRefused(() -> OutputFile.check(device), "/dev/null: is a device");
  }

  @Test
  void refusesProtectedTargets() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Assumptions.assumeTrue(
        file.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "no POSIX permissions on this file system");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      Assumptions.assumeFalse(Files.isWritable(file), "this user may write everywhere");
      assertRefused(() -> OutputFile.check(file), "file: permission");
      assertRefused(() -> OutputFile.check(closed.resolve("x")), "closed", "permission denied");
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void writesThroughALinkAndRefusesABrokenOne() throws IOException {
    Path real = Files.writeString(folder.resolve("real"), "old");
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, real);
    OutputFile.write(link, out -> out.write('n'));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("n", Files.readString(real));
    Files.delete(real);
    assertRefused(() -> OutputFile.check(link), "link: is a link to", "does not exist");
  }

  @Test
  void givesTheFileTheUsualPermissions() throws IOException {
    Path plain = Files.writeString(folder.resolve("plain"), "");
    Path target = folder.resolve("target");
    OutputFile.write(target, out -> {});
    Assumptions.assumeTrue(
        plain.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "no POSIX permissions on this file system");
    // A file made as a temporary one would be its owner's alone.
    assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(target));
  }

  @Test
  void aReplacedFileKeepsWhoMayReadIt() throws IOException {
    Path target = Files.writeString(folder.resolve("secret"), "old");
    Assumptions.assumeTrue(
        target.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "no POSIX permissions on this file system");
    for (String mode : List.of("rw-------", "rw-rw-rw-", "rwxr-x---")) {
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(mode));
      try (OutputFile file = OutputFile.create(target)) {
        try (var files = Files.list(folder)) {
          for (Path each : files.toList()) {
            assertEquals(
                mode,
                PosixFilePermissions.toString(Files.getPosixFilePermissions(each)),
                each + ", before anything is written into it");
          }
        }
        file.commit();
      }
      assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(target)));
    }
  }

  @Test
  void leavesNoHalfFileWhenTheProgramIsStopped() throws Exception {
    Path target = Files.writeString(folder.resolve("out.bin"), "old");
    Process writer = writing(target);
    try {
      assertEquals(2, files().size(), "the target and what is being written");
      writer.destroy(); // as Ctrl-C does: hooks run, the writing thread does not end by itself
      writer.waitFor();
    } finally {
      writer.destroyForcibly();
    }
    assertEquals("old", Files.readString(target));
    assertOnly("out.bin");
  }

  /** No hook runs then: the next output into the folder removes what is left. */
  @Test
  void whatAKilledProgramLeavesGoesAndWhatALiveOneWritesStays() throws Exception {
    Process killed = writing(folder.resolve("killed.bin"));
    killed.destroyForcibly();
    killed.waitFor();
    Process live = writing(folder.resolve("live.bin"));
    try {
      List<Path> halves = files();
      assertEquals(2, halves.size(), "of the killed program and of the live one");
      for (Path half : halves) {
        Files.setLastModifiedTime(half, FileTime.from(Instant.now().minusSeconds(3600)));
        HalfFiles.removeUnlessHeld(half);
      }
      List<Path> left = files();
      assertEquals(1, left.size());
      assertTrue(left.get(0).toString().contains("-" + live.pid() + "-"), left.toString());
      assertTrue(live.isAlive());
    } finally {
      live.destroyForcibly();
      live.waitFor();
    }
    Files.setLastModifiedTime(files().get(0), FileTime.from(Instant.now().minusSeconds(3600)));
    OutputFile.write(folder.resolve("next.bin"), out -> out.write('n'));
    assertOnly("next.bin");
  }

  @Test
  void ofItsOwnOutputsAProgramRemovesNone() throws IOException {
    try (OutputFile file = OutputFile.create(folder.resolve("out.bin"))) {
      Path half = files().get(0);
      Files.setLastModifiedTime(half, FileTime.from(Instant.now().minusSeconds(3600)));
      HalfFiles.removeUnlessHeld(half);
      file.stream().write('n');
      file.commit();
    }
    assertOnly("out.bin");
  }

  /** A file whose name is ours but which is none, and one of the user with a similar name. */
  @Test
  void removesNothingElse() throws IOException {
    Path elsewhere = Files.writeString(folder.resolve("data"), "kept");
    Path link = Files.createSymbolicLink(folder.resolve(".tweedie-1-1.part"), elsewhere);
    Path near = Files.writeString(folder.resolve(".tweedie-notes.part"), "kept");
    for (Path file : List.of(elsewhere, near)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
    }
    OutputFile.check(folder.resolve("out.bin"));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("kept", Files.readString(elsewhere));
    assertEquals("kept", Files.readString(near));
  }

  /** A process that has begun its output and will not end it. */
  private static Process writing(Path target) throws IOException {
    Process writer =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                classes(OutputFile.class)
                    + System.getProperty("path.separator")
                    + classes(Writer.class),
                Writer.class.getName(),
                target.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8));
    assertEquals("writing", out.readLine());
    return writer;
  }

  /** A program in the middle of an output. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      PrintStream console = System.out;
      OutputFile.write(
          Path.of(arguments[0]),
          out -> {
            out.write(new byte[1 << 20]);
            console.println("writing");
            while (true) {
              out.write(0);
              Thread.onSpinWait();
              java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
          });
    }
  }

  // The folder a class was loaded from, in a module as on the class path.
  private static String classes(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    String url = type.getResource("/" + name).toString();
    return Path.of(URI.create(url.substring(0, url.length() - name.length()))).toString();
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private void assertOnly(String... names) throws IOException {
    assertEquals(
        List.of(names), files().stream().map(file -> file.getFileName().toString()).toList());
  }
}
