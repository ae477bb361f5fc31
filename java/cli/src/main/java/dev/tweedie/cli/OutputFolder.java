package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The directory that {@code --out} names, for commands that write several files. */
final class OutputFolder {
  private OutputFolder() {}

  /**
   * Makes it where it is missing.
   *
   * @throws InvalidInputException where nothing can be written there
   */
  static void prepare(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw refused(folder, e);
    }
    if (!Files.isWritable(folder)) {
      throw refused(folder, null);
    }
  }

  private static InvalidInputException refused(Path folder, IOException cause) {
    return new InvalidInputException(
        "--out: found " + folder + ", allowed: a directory that can be written", cause);
  }
}
