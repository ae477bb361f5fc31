package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.ImageRows;
import dev.tweedie.io.ImageShape;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code --out} of commands that write rows. */
final class OutputRows {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "Rows out: .npy or .npz (float32; float64 with --backend reference), or .png, a grid of"
              + " images; - for standard output, as .npy. An .npz has version, command and seed in"
              + " its member tweedie.json, a .png in its text 'tweedie'.")
  private final Given<Path> out = Given.always();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether the rows go to standard output, and everything else elsewhere. */
  private boolean isStandard() {
    return isStandard(out.get().toString());
  }

  static boolean isStandard(String name) {
    return name.equals("-");
  }

  Path file() {
    return out.get();
  }

  /**
   * Refuses, before any work, what could not be written after it.
   *
   * @param image what a row is as an image, or unknown
   */
  void check(int dim, ImageShape image) throws IOException {
    if (isStandard()) {
      return;
    }
    Path file = out.get();
    DataFiles.checkTarget(file);
    int side = (int) Math.round(Math.sqrt(dim));
    boolean picture = file.toString().toLowerCase(Locale.ROOT).endsWith(".png");
    if (picture && image.channels() > ImageShape.MOST_OF_A_PICTURE) {
      throw new InvalidInputException(
          "--out %s: found images of %d channels, allowed: 1 to 4; .npy and .npz take any"
              .formatted(file, image.channels()));
    }
    if (picture && !image.isKnown() && side * side != dim) {
      throw new InvalidInputException(
          "--out %s: found rows of dimension %d, which are no square images; allowed: .npy, .npz"
              .formatted(file, dim));
    }
  }

  void write(Samples samples, ImageShape image) throws IOException {
    write(samples, image, image, false);
  }

  /**
   * @param image what a row is
   * @param order what it is made: the same image, channels in the order of what was read
   * @param complex whether the numbers are parts of complex ones, and written as such
   */
  void write(Samples samples, ImageShape image, ImageShape order, boolean complex)
      throws IOException {
    Rows rows =
        new Rows(
            samples.elements(), samples.precision(), samples.rows(), samples.dim(), image, complex);
    try (Arena arena = Arena.ofShared()) {
      Rows ordered = ImageRows.convert(rows, order, arena);
      if (isStandard()) {
        DataFiles.writeRows(System.out, ordered);
      } else {
        DataFiles.writeRows(out.get(), ordered, Origin.of(command.commandLine()));
      }
    }
  }
}
