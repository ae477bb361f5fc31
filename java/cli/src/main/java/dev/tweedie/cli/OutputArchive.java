package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npz;
import dev.tweedie.io.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A named output of several arrays: an .npz file, or standard output, which is then the archive and
 * nothing else.
 */
record OutputArchive(Path file) {
  /**
   * @throws InvalidInputException where the name is of another kind
   */
  OutputArchive {
    if (!file.toString().endsWith(".npz") && !OutputRows.isStandard(file.toString())) {
      throw new InvalidInputException(
          "--out: found " + file + ", allowed: a name in .npz, or - for standard output");
    }
  }

  private boolean isStandard() {
    return OutputRows.isStandard(file.toString());
  }

  /** Refuses, before any work, what could not be written after it. */
  void check() throws IOException {
    if (!isStandard()) {
      OutputFile.check(file);
    }
  }

  /**
   * @param origin kept beside the arrays
   */
  void write(Map<String, NdArray> arrays, String origin) throws IOException {
    if (isStandard()) {
      Npz.write(System.out, arrays, origin);
      System.out.flush();
    } else {
      Npz.write(file, arrays, origin);
    }
  }
}
