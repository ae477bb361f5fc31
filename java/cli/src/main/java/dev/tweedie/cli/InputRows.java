package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.ImageShape;
import dev.tweedie.io.RowFile;
import dev.tweedie.io.Rows;
import java.nio.file.Path;

/**
 * Rows of a file that the command line names, as an engine reads them.
 *
 * @param option that names the file, for messages
 * @param path of the file
 * @param file the rows, and what they were there
 */
record InputRows(String option, Path path, Engine engine, RowFile file, Samples samples) {
  InputRows(String option, Path path, Engine engine, RowFile file) {
    this(
        option,
        path,
        engine,
        file,
        engine.reading(file.rows().values(), file.rows().count(), file.rows().dim()));
  }

  /** Other rows in place of these. */
  InputRows with(Rows rows) {
    return new InputRows(option, path, engine, new RowFile(rows, file.found(), file.picture()));
  }

  /** These, if their dimension is the prior's. */
  InputRows require(Object prior, int dim) {
    if (samples.dim() != dim) {
      throw new InvalidInputException(
          "%s %s: found rows of dimension %d, allowed: %d, the dimension of --prior %s"
              .formatted(option, path, samples.dim(), dim, prior));
    }
    return this;
  }

  long count() {
    return samples.rows();
  }

  /** What a row is as an image. */
  ImageShape image() {
    return file.rows().image();
  }

  /** Whether the numbers are parts of complex ones. */
  boolean complex() {
    return file.rows().complex();
  }
}
