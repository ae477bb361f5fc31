package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory that an option names, for commands that write several files. */
final class OutputFolder {
  private OutputFolder() {}

  /** As {@link #prepare(String, Path)}, of {@code --out}. */
  static void prepare(Path folder) {
    prepare("--out", folder);
  }

  /**
   * Makes it where it is missing.
   *
   * @param option that names it
   * @throws InvalidInputException where nothing can be written there
   */
  static void prepare(String option, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw refused(option, folder, e);
    }
    if (!Files.isWritable(folder)) {
      throw refused(option, folder, null);
    }
  }

  private static InvalidInputException refused(String option, Path folder, IOException cause) {
    return new InvalidInputException(
        option + ": found " + folder + ", allowed: a directory that can be written", cause);
  }
}
