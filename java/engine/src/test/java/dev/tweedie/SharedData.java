package dev.tweedie;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Real data that is not part of the project: the folder {@code shared/data} beside the project, or
 * the one that the system property {@code tweedie.shared} names the parent of. A test that needs it
 * is skipped where it is absent.
 */
public final class SharedData {
  private SharedData() {}

  /** A file or folder below {@code shared/data}; skips the test when there is none. */
  public static Path require(String name) {
    String shared = System.getProperty("tweedie.shared");
    if (shared != null) {
      return existing(Path.of(shared, "data", name), name);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path data = at.resolve("shared/data");
      if (Files.isDirectory(data)) {
        return existing(data.resolve(name), name);
      }
    }
    return Assumptions.abort(
        name
            + ": no folder shared/data above "
            + Path.of("").toAbsolutePath()
            + "; -Dtweedie.shared=FOLDER names one");
  }

  private static Path existing(Path path, String name) {
    Assumptions.assumeTrue(Files.exists(path), () -> name + ": absent from the shared data");
    return path;
  }
}
