package dev.tweedie.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The committed bindings belong to the committed header: neither moves without the other. */
class BindingsLockTest {
  private static final Path GENERATED = Path.of("src/generated/java");

  @Test
  void headerArgumentsAndOutputAreTheOnesOfTheLock() throws IOException {
    String lock =
        Files.readAllLines(Path.of("bindings.lock")).stream()
            .filter(line -> !line.startsWith("#"))
            .collect(Collectors.joining("\n"));
    String found =
        Stream.of(
                "header=" + NativeLibraryTest.headerHash(),
                "arguments=" + hash(List.of(Path.of("jextract.args"))),
                "output=" + hash(generatedFiles()))
            .collect(Collectors.joining("\n"));
    assertEquals(found, lock, "run bindings/regenerate; bindings.lock must then hold\n" + found);
  }

  private static List<Path> generatedFiles() throws IOException {
    try (Stream<Path> files = Files.walk(GENERATED)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** One file: its sha-256. Several: the sha-256 of their names and hashes, one line each. */
  private static String hash(List<Path> files) throws IOException {
    if (files.size() == 1) {
      return Sha256.of(Files.readAllBytes(files.getFirst()));
    }
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (Path file : files) {
      String line = GENERATED.relativize(file) + " " + hash(List.of(file)) + "\n";
      lines.write(line.getBytes(StandardCharsets.UTF_8));
    }
    return Sha256.of(lines.toByteArray());
  }
}
