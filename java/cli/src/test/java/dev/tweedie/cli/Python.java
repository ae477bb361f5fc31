package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Other programs that tests run where they are there. */
final class Python {
  /** The distribution's own, which has its packages, may stand behind another one on the path. */
  private static final List<String> NAMES = List.of("python3", "/usr/bin/python3");

  private Python() {}

  /** A Python that can import all of {@code modules}; without one the test is skipped. */
  static String with(String... modules) {
    String imports = modules.length == 0 ? "pass" : "import " + String.join(", ", modules);
    for (String name : NAMES) {
      if (status(List.of(name, "-c", imports)) == 0) {
        return name;
      }
    }
    assumeTrue(false, "no python3 here has " + String.join(", ", modules));
    throw new AssertionError("skipped before");
  }

  /** A C compiler; without one the test is skipped. */
  static String compiler() {
    assumeTrue(status(List.of("cc", "--version")) == 0, "there is no C compiler cc here");
    return "cc";
  }

  private static int status(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a program, which must end well; what it said. */
  static String run(Object... command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    for (Object word : command) {
      words.add(word.toString());
    }
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }
}
