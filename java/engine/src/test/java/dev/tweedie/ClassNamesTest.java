package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A name says one thing: no two classes of the modules share theirs. */
class ClassNamesTest {
  @Test
  void everyClassHasANameOfItsOwn() throws IOException {
    Path top = Path.of("").toAbsolutePath();
    while (top != null && !Files.exists(top.resolve("docs/mathematics.md"))) {
      top = top.getParent();
    }
    assumeTrue(top != null, "not run inside of the source tree");

    Map<String, List<Path>> files = new TreeMap<>();
    for (String module : List.of("java", "bindings", "bench")) {
      try (Stream<Path> tree = Files.walk(top.resolve(module))) {
        for (Path file : tree.filter(ClassNamesTest::isSource).toList()) {
          files
              .computeIfAbsent(file.getFileName().toString(), name -> new ArrayList<>())
              .add(top.relativize(file));
        }
      }
    }
    files.values().removeIf(same -> same.size() == 1);
    assertEquals(Map.of(), files);
  }

  private static boolean isSource(Path file) {
    String path = file.toString().replace('\\', '/');
    return path.endsWith(".java")
        && path.contains("/src/main/java/")
        && !path.endsWith("-info.java")
        && !path.contains("/target/");
  }
}
