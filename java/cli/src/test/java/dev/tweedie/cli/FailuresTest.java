package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was given and cannot be used ends with status 2 and one line that a terminal can show. */
class FailuresTest {
  private static Run handled(Throwable failure) {
    StringWriter err = new StringWriter();
    int status = Failures.handle(failure, false, new PrintWriter(err));
    return new Run(status, "", err.toString());
  }

  @Test
  void everyKindThatWhatWasGivenCausesHasStatusTwo() {
    handled(new AccessDeniedException("/a")).refused("/a: found: permission is denied");
    handled(new NotDirectoryException("/a")).refused("/a: found: not a directory");
    handled(new FileSystemException("/a", null, "Too many links")).refused("/a", "Too many links");
    handled(new IOException("No space left on device")).refused("No space left on device");
    handled(new UncheckedIOException(new AccessDeniedException("/a"))).refused("/a", "denied");
    handled(new InvalidPathException("a\0b", "Nul")).refused("a\\u0000b", "NUL");
    handled(new InvalidPathException("??", "unmappable")).refused("'??'", "LC_ALL=C.UTF-8");
    handled(new OutOfMemoryError("Java heap space")).refused("memory", "Java heap space");
    assertNull(Causes.ofBadInput(new IllegalStateException("inside")));
    assertEquals(ExitStatus.INTERNAL_FAILURE, handled(new NullPointerException()).status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--in", "--clean"})
  void aNameWithANulIsRefused(String option) {
    Run.of("denoise", "--prior", "builtin:rings", "--out", "c.npy", "--in", "b", option, "a\0b")
        .refused(option, "a\\u0000b", "NUL");
    Run.of("denoise", "--prior", "a\0b", "--out", "c.npy", "--in", "b", "--level", "sigma=1")
        .refused("no such file");
  }

  @Test
  void aCountBeyondAnyMemoryIsRefused(@TempDir Path folder) {
    String out = folder.resolve("out.npy").toString();
    for (String count : new String[] {"99999999999", "9223372036854775807"}) {
      Run run = Run.of("sample", "--prior", "builtin:rings", "--count", count, "--out", out);
      assertEquals(ExitStatus.BAD_INPUT, run.status(), run.err());
      assertEquals(1, run.err().lines().count(), run.err());
    }
  }

  /** An argument that begins with @ names a file, whose words are no options. */
  @Test
  void wordsOfAFileAreNoArguments(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("words");
    java.nio.file.Files.writeString(file, "--json");
    Run.of("info", "@" + file).refused("found '@" + file + "'", "options only");
    Path rows = folder.resolve("@rows.npy");
    Npy.write(rows, NdArray.of(new double[] {0, 1}, 1, 2));
    String out = folder.resolve("out.npy").toString();
    Run.of(
            "denoise",
            "--prior",
            "builtin:rings",
            "--in",
            rows.toString(),
            "--out",
            out,
            "--level",
            "sigma=1")
        .good();
  }

  @Test
  void aStandardOutputThatCannotBeWrittenIsNotStatusZero() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    StringWriter err = new StringWriter();
    String[] args = {"info", "--json"};
    int status = Main.run(args, new PrintWriter(full), new PrintWriter(err));
    assertEquals(ExitStatus.BAD_INPUT, status);
    assertTrue(err.toString().contains("standard output"), err.toString());
  }

  @Test
  void whatATerminalWouldObeyIsEscapedAndWhatIsLongIsCut() {
    assertEquals("a\\u001b[31mb", Printable.line("a\u001b[31mb"));
    assertEquals("a\\u009bb\\u007f", Printable.line("a\u009bb\u007f"));
    assertEquals("a\\u202eb\\u200bc", Printable.line("a\u202eb\u200bc")); // turns the direction
    assertEquals("one two", Printable.line("one\r\ntwo"));
    assertEquals("ü 日本 😀", Printable.line("ü 日本 😀"));
    String cut = Printable.line("x".repeat(1_500_000));
    assertTrue(cut.length() < 2100, "" + cut.length());
    assertTrue(cut.endsWith("... (1,498,000 characters more)"), cut);
    Run run = Run.of("info", "--backend", "\u001b]0;title\u0007" + "y".repeat(1_500_000));
    assertEquals(ExitStatus.BAD_INPUT, run.status());
    assertTrue(run.err().length() < 2200 && run.err().contains("\\u001b]0;"), run.err());
    assertFalse(run.err().contains("\u0007"));
  }
}
