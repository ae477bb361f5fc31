package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.ImageRows;
import dev.tweedie.io.ImageShape;
import dev.tweedie.io.InputSource;
import dev.tweedie.io.PriorFile;
import dev.tweedie.io.RowFile;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The files that a command reads, and what was done to their numbers on the way. */
final class Inputs {
  /** What is read as rows. */
  static final String FORMS =
      ".npy, .npz of one array (FILE.npz:NAME for one of several), IDX, CIFAR .bin, CSV, Parquet"
          + " (FILE.parquet:NAME for one column), .gz of these, PNG, JPEG or a directory of"
          + " pictures; - for standard input. uint8 and pictures are divided by their maximum,"
          + " other numbers are taken as they are.";

  private static final long GIB = 1L << 30;

  @Option(
      names = "--read-limit",
      paramLabel = "GIB",
      converter = Converters.Count.class,
      description =
          "Memory that a compressed file, a picture or a pipe may become when it is read, in GiB"
              + " (default: 4).")
  private final Given<Long> limit = Given.only("with rows or a prior that are read");

  private final List<String> notes = new ArrayList<>();
  private String standardInput; // the option that reads it, or null

  /**
   * Rows of any dimension.
   *
   * @param option what names the file, for messages
   * @param arena lifetime of the rows
   * @throws InvalidInputException where there is no row
   */
  InputRows read(String option, Path file, Engine engine, Arena arena) throws IOException {
    InputSource source = source(option, file.toString());
    return read(option, file, engine, DataFiles.read(source, precision(engine), arena));
  }

  /** As {@link #read}, where NaN is what is unknown. */
  InputRows readWithUnknown(String option, Path file, Engine engine, Arena arena)
      throws IOException {
    InputSource source = source(option, file.toString());
    return read(option, file, engine, DataFiles.readWithUnknown(source, precision(engine), arena));
  }

  private InputRows read(String option, Path file, Engine engine, RowFile found) {
    if (found.rows().count() < 1) {
      throw new InvalidInputException(option + " " + file + ": found no row, allowed: 1 or more");
    }
    notes.add("%s: %s".formatted(file, found.found()));
    return new InputRows(option, file, engine, found);
  }

  /** Whether the file of some rows has them in float64. */
  static boolean isFloat64(InputRows given) {
    return given.file().found().startsWith("float64");
  }

  /**
   * The same rows in float64, read again.
   *
   * @throws InvalidInputException where that cannot be, as of a pipe
   */
  Rows again(InputRows given, Arena arena) throws IOException {
    if (!Files.isRegularFile(given.path())) {
      throw new InvalidInputException(
          "%s %s: found float64 rows so far from 0 that float32 loses them, allowed: from a regular"
                  .formatted(given.option(), given.path())
              + " file, about their mean, or --backend reference");
    }
    InputSource source = source(given.option(), given.path().toString());
    return DataFiles.read(source, Precision.FLOAT64, arena).rows();
  }

  /** A mixture or the points of a data set. */
  PriorFile prior(String name, Engine engine, Arena arena) throws IOException {
    PriorFile found = DataFiles.readPrior(source("--prior", name), precision(engine), arena);
    if (found instanceof RowFile rows) {
      notes.add("%s: %s".formatted(name, rows.found()));
    }
    return found;
  }

  private static Precision precision(Engine engine) {
    return engine.backend().precision();
  }

  private InputSource source(String option, String name) {
    try {
      InputSource source = InputSource.parse(name, System.in);
      if (source.stream().isPresent()) {
        requireOnce(option);
      }
      Long gib = limit.get();
      return gib == null ? source : source.withLimit(Math.min(gib, Long.MAX_VALUE / GIB) * GIB);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(option + ": " + e.getMessage(), e);
    }
  }

  private void requireOnce(String option) {
    if (standardInput != null) {
      throw new InvalidInputException(
          "found standard input, which %s reads already, allowed: for one of them"
              .formatted(standardInput));
    }
    standardInput = option;
  }

  /**
   * Rows that belong to those of {@code --in}, one each.
   *
   * @param path null for none
   * @param prior as {@code --prior} says it, for messages
   * @param count of the rows of {@code --in}
   * @return null for none
   */
  Samples beside(
      String option,
      Path path,
      Engine engine,
      Object prior,
      PriorOption.Bound bound,
      long count,
      Arena arena)
      throws IOException {
    if (path == null) {
      return null;
    }
    InputRows found = fit(read(option, path, engine, arena), prior, bound, arena);
    if (found.count() != count) {
      throw new InvalidInputException(
          "%s %s: found %d rows, allowed: %d, the number of those of --in"
              .formatted(option, path, found.count(), count));
    }
    return found.samples();
  }

  /**
   * Rows as the prior has them: images in its order of channels, and pictures in as many channels
   * as it has.
   *
   * @throws InvalidInputException where the dimension is not the prior's
   */
  InputRows fit(InputRows given, Object prior, PriorOption.Bound bound, Arena arena) {
    Rows rows = given.file().rows();
    ImageShape wanted = wanted(given, bound);
    InputRows fitting = given;
    if (wanted.isKnown() && !wanted.equals(rows.image())) {
      fitting = converted(given, wanted, arena);
    }
    return fitting.require(prior, bound.dim());
  }

  /** Images of any size in the channels and order of others; rows that are none as they are. */
  InputRows like(InputRows given, ImageShape other, Arena arena) {
    ImageShape image = given.image();
    if (!image.isKnown()) {
      return given;
    }
    boolean recolour =
        given.file().picture() && ImageRows.canConvert(image.channels(), other.channels());
    ImageShape wanted =
        image
            .withChannels(recolour ? other.channels() : image.channels())
            .withChannelsLast(other.channelsLast());
    return wanted.equals(image) ? given : converted(given, wanted, arena);
  }

  private InputRows converted(InputRows given, ImageShape wanted, Arena arena) {
    Rows rows = given.file().rows();
    String made = ImageRows.conversion(rows.image().channels(), wanted.channels());
    notes.add(
        "%s: images of %s made %s%s"
            .formatted(given.path(), rows.image(), wanted, made.isEmpty() ? "" : ": " + made));
    return given.with(ImageRows.convert(rows, wanted, arena));
  }

  /** As {@link #fit}, where results would be in another order than the rows. */
  InputRows fitInOrder(InputRows given, Object prior, PriorOption.Bound bound, Arena arena) {
    InputRows fitting = fit(given, prior, bound, arena);
    if (fitting.image().channelsLast() != given.image().channelsLast()) {
      throw new InvalidInputException(
          "%s %s: found images of %s, allowed: the order of --prior %s, %s"
              .formatted(given.option(), given.path(), given.image(), prior, fitting.image()));
    }
    return fitting;
  }

  /** What the images should be made, or unknown where they stay. */
  private static ImageShape wanted(InputRows given, PriorOption.Bound bound) {
    ImageShape image = given.image();
    ImageShape target = bound.image();
    boolean sameSize = image.height() == target.height() && image.width() == target.width();
    if (!image.isKnown() || bound.dim() % image.pixels() != 0) {
      return ImageShape.UNKNOWN;
    }
    ImageShape wanted =
        sameSize ? target : image.withChannels((int) (bound.dim() / image.pixels()));
    boolean recoloured = wanted.channels() != image.channels();
    return !recoloured
            || given.file().picture() && ImageRows.canConvert(image.channels(), wanted.channels())
        ? wanted
        : ImageShape.UNKNOWN;
  }

  /** Something else that was done to a file's numbers. */
  void note(String text) {
    notes.add(text);
  }

  /** One line for each file whose numbers are not simply those that it holds. */
  void report(Report report) {
    notes.forEach(note -> report.item("read", note));
  }
}
