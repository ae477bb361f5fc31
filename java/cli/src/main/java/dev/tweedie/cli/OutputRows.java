package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.ImageRows;
import dev.tweedie.io.ImageShape;
import dev.tweedie.io.OutputFile;
import dev.tweedie.io.PngOrigin;
import dev.tweedie.io.Rows;
import dev.tweedie.plot.Charts;
import dev.tweedie.plot.Plot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.IntStream;
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
          "Rows out: .npy, .npz or .parquet (float32; float64 with --backend reference), or .png,"
              + " a grid of images, or the points of a plane where rows have two numbers; - for"
              + " standard output, as .npy. An .npz has version, command and seed in its member"
              + " tweedie.json, a .png in its text 'tweedie', a .parquet under that key.")
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

  private boolean isPicture() {
    return out.get().toString().toLowerCase(Locale.ROOT).endsWith(".png");
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
    boolean picture = isPicture();
    if (picture && image.channels() > ImageShape.MOST_OF_A_PICTURE) {
      throw new InvalidInputException(
          "--out %s: found images of %d channels, allowed: 1 to 4; .npy, .npz and .parquet take any"
              .formatted(file, image.channels()));
    }
    if (picture && !isScatter(dim, image) && !image.isKnown() && side * side != dim) {
      throw new InvalidInputException(
          "--out %s: found rows of dimension %d, which are no square images; allowed: .npy, .npz, .parquet"
              .formatted(file, dim));
    }
  }

  /** Rows of two numbers are points of a plane, unless they are images two pixels high. */
  private static boolean isScatter(int dim, ImageShape image) {
    return dim == 2 && image.height() <= 1;
  }

  private static void scatter(Path file, Rows rows, String origin) throws IOException {
    double[] numbers = rows.toArray().toDoubles();
    double[] x = IntStream.range(0, numbers.length / 2).mapToDouble(i -> numbers[2 * i]).toArray();
    double[] y =
        IntStream.range(0, numbers.length / 2).mapToDouble(i -> numbers[2 * i + 1]).toArray();
    Plot plot =
        new Plot(rows.count() + " rows", "column 0", "column 1")
            .sameScale()
            .add("rows", Plot.Style.POINTS, x, y);
    OutputFile.write(file, out -> Charts.png(plot, new PngOrigin(out, origin)));
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
    FiniteOutputs.require("--out " + out.get(), samples);
    Rows rows =
        new Rows(
            samples.elements(), samples.precision(), samples.rows(), samples.dim(), image, complex);
    try (Arena arena = Arena.ofShared()) {
      Rows ordered = ImageRows.convert(rows, order, arena);
      if (isStandard()) {
        DataFiles.writeRows(System.out, ordered);
        return;
      }
      String origin = Origin.of(command.commandLine());
      if (isPicture() && isScatter(samples.dim(), image)) {
        scatter(out.get(), ordered, origin);
      } else {
        DataFiles.writeRows(out.get(), ordered, origin);
      }
    }
  }
}
