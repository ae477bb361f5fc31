package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * Rows that the command line names.
 *
 * @param height of the image that a row is, or 0 where unknown
 * @param width of that image, or 0 where unknown
 * @param complex whether the numbers are parts of complex ones
 */
record InputRows(Samples samples, int height, int width, boolean complex) {
  /**
   * @param option what names the file, for messages
   * @param prior what the dimension must agree with
   * @param arena lifetime of the rows
   * @throws InvalidInputException where there is no row, or the dimension is not the prior's
   */
  static InputRows read(
      String option, Path file, Engine engine, PriorOption prior, int dim, Arena arena)
      throws IOException {
    return read(option, file, engine, arena).require(option, file, prior, dim);
  }

  /** Rows of any dimension. */
  static InputRows read(String option, Path file, Engine engine, Arena arena) throws IOException {
    Rows rows = DataFiles.readRows(file, engine.backend().precision(), arena);
    if (rows.count() < 1) {
      throw new InvalidInputException(option + " " + file + ": found no row, allowed: 1 or more");
    }
    Samples samples = engine.reading(rows.values(), rows.count(), rows.dim());
    return new InputRows(samples, rows.height(), rows.width(), rows.complex());
  }

  /**
   * Rows that belong to those of {@code --in}, one each.
   *
   * @param path null for none
   * @return null for none
   */
  static Samples beside(
      String option, Path path, Engine engine, PriorOption prior, int dim, long rows, Arena arena)
      throws IOException {
    if (path == null) {
      return null;
    }
    Samples found = read(option, path, engine, prior, dim, arena).samples();
    if (found.rows() != rows) {
      throw new InvalidInputException(
          "%s %s: found %d rows, allowed: %d, the number of those of --in"
              .formatted(option, path, found.rows(), rows));
    }
    return found;
  }

  /** These, if their dimension is the prior's. */
  InputRows require(String option, Path file, PriorOption prior, int dim) {
    if (samples.dim() != dim) {
      throw new InvalidInputException(
          "%s %s: found rows of dimension %d, allowed: %d, the dimension of --prior %s"
              .formatted(option, file, samples.dim(), dim, prior));
    }
    return this;
  }

  long count() {
    return samples.rows();
  }
}
