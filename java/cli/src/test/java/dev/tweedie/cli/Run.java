package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** One command run in this process. */
record Run(int status, String out, String err) {
  static Run of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(args, new PrintWriter(out), new PrintWriter(err));
    return new Run(status, out.toString(), err.toString());
  }

  static Run of(List<String> args) {
    return of(args.toArray(String[]::new));
  }

  /** The run must have worked, and in silence on the error stream. */
  Run good() {
    assertEquals("", err);
    assertEquals(ExitStatus.OK, status);
    return this;
  }

  /** The run must have failed with one line that holds each of {@code words}. */
  Run refused(String... words) {
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith("tweedie: "), err);
    for (String word : words) {
      assertTrue(err.contains(word), () -> "'" + word + "' is missing in: " + err);
    }
    assertEquals("", out, err);
    assertEquals(ExitStatus.BAD_INPUT, status, err);
    return this;
  }

  /** What the line that begins with {@code name} says. */
  String fact(String name) {
    return out.lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.substring(name.length()).strip())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no line '" + name + "' in:\n" + out));
  }
}
