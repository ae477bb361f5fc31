package dev.tweedie.backend.java.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The committed unrolled forms are those that the generator writes, and there are no others. */
class UnrolledFormsTest {
  private static final Path GENERATED = Path.of("src/generated/java");

  @Test
  void committedFilesAreTheGenerators() throws IOException {
    var files = UnrolledForms.files(UnrolledForms.FLOATS);
    for (var file : files.entrySet()) {
      String found = Files.readString(GENERATED.resolve(file.getKey()));
      assertEquals(file.getValue(), found, "run java/engine/generate: " + file.getKey());
    }
    try (Stream<Path> all = Files.walk(GENERATED)) {
      var names = new TreeSet<String>();
      all.filter(Files::isRegularFile)
          .forEach(path -> names.add(GENERATED.relativize(path).toString().replace('\\', '/')));
      assertEquals(new TreeSet<>(files.keySet()), names);
    }
  }
}
