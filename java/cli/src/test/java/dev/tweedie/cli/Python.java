package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Other programs that tests run where they are there. */
final class Python {
  /** The distribution's own, which has its packages, may stand behind another one on the path. */
  private static final List<String> NAMES = List.of("python3", "/usr/bin/python3");

  /** What was found before: an import may take seconds. */
  private static final Map<String, Optional<String>> FOUND = new ConcurrentHashMap<>();

  private Python() {}

  /** A Python that can import all of {@code modules}; without one the test is skipped. */
  static String with(String... modules) {
    String imports = modules.length == 0 ? "pass" : "import " + String.join(", ", modules);
    Optional<String> found =
        FOUND.computeIfAbsent(
            imports,
            _ ->
                NAMES.stream()
                    .filter(name -> status(List.of(name, "-c", imports)) == 0)
                    .findFirst());
    assumeTrue(found.isPresent(), "no python3 here has " + String.join(", ", modules));
    return found.get();
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
