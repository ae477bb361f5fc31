package dev.tweedie.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code denoise.py}: numpy arrays through JPype, where both are installed. */
class NumpyTest {
  private static final Path DEBIAN = Path.of("/usr/share/java/org.jpype.jar");

  @Test
  void arraysArePassedWithoutACopy() throws Exception {
    String python =
        Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";
    assumeTrue(
        run(python, "-c", "import jpype, numpy").getFirst().equals("0"),
        "no python3 with jpype and numpy here");
    List<String> found = run(python, "src/main/python/denoise.py");
    // (1, 0.5) as in the tests of consumers; (0.25, 0.25): squared distances 0.125 and 1.125, so
    // the
    // weight of (1, 1) is 1 / (1 + e^2) = 0.1192
    assertEquals(List.of("0", "0.8808 0.1192 7"), found);
  }

  /** The status, then the last line that it printed. */
  private static List<String> run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    List<String> path = new ArrayList<>();
    path.add(System.getProperty("java.class.path"));
    if (Files.exists(DEBIAN)) {
      path.add(DEBIAN.toString());
    }
    builder.environment().put("CLASSPATH", String.join(java.io.File.pathSeparator, path));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      Process process = builder.start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor(60, TimeUnit.SECONDS);
      String[] lines = text.strip().split("\n");
      return List.of("" + process.exitValue(), lines[lines.length - 1]);
    } catch (IOException e) {
      return List.of("no " + command[0]);
    }
  }
}
