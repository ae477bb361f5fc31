package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --out} of commands that write rows. */
final class OutputRows {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "Rows out: .npy or .npz (float32; float64 with --backend reference), or .png, a grid of"
              + " images.")
  private Path file;

  Path file() {
    return file;
  }

  /**
   * Refuses, before any work, what could not be written after it.
   *
   * @param height of the images, 0 where unknown
   */
  void check(int dim, int height) throws IOException {
    DataFiles.checkTarget(file);
    int side = (int) Math.round(Math.sqrt(dim));
    if (file.toString().endsWith(".png") && height == 0 && side * side != dim) {
      throw new InvalidInputException(
          "--out %s: found rows of dimension %d, which are no square images; allowed: .npy, .npz"
              .formatted(file, dim));
    }
  }

  void write(Samples samples, int height, int width) throws IOException {
    write(samples, height, width, false);
  }

  /**
   * @param complex whether the numbers are parts of complex ones, and written as such
   */
  void write(Samples samples, int height, int width, boolean complex) throws IOException {
    Rows rows =
        new Rows(
            samples.elements(),
            samples.precision(),
            samples.rows(),
            samples.dim(),
            height,
            width,
            complex);
    DataFiles.writeRows(file, rows);
  }
}
