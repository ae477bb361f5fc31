package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.Rows;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Prior;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --prior}: what is known of clean rows. */
final class PriorOption {
  private static final String BUILTIN = "builtin:";

  @Option(
      names = "--prior",
      required = true,
      paramLabel = "P",
      description =
          "Prior of the clean rows: a mixture (.npz with weights, means, covariances), a data set"
              + " (.npy, IDX, .gz of these, a directory of .png) or builtin:NAME.")
  private String text;

  /**
   * A prior bound to an engine.
   *
   * @param height of the image that a row is, or 0 where unknown
   * @param width of that image, or 0 where unknown
   */
  record Bound(ExactPosterior posterior, int height, int width) {}

  /** What the option says. */
  @Override
  public String toString() {
    return text;
  }

  /**
   * Reads the prior and binds it to {@code engine}.
   *
   * @param arena lifetime of a data set's points
   * @throws InvalidInputException with the file's name where it is no prior
   */
  Bound bind(Engine engine, Arena arena) throws IOException {
    if (text.startsWith(BUILTIN)) {
      return bound(engine, Builtin.of(text.substring(BUILTIN.length())), 0, 0);
    }
    if (text.endsWith(".onnx")) {
      throw new InvalidInputException(
          "--prior: found "
              + text
              + ", allowed: a mixture, a data set or builtin:NAME;"
              + " this version has no networks");
    }
    Path path = Path.of(text);
    if (!Files.isDirectory(path) && MixtureFile.isMixture(path)) {
      MixtureFile mixture = MixtureFile.read(path);
      return named(() -> bound(engine, mixture.toPrior(), 0, 0));
    }
    Rows rows = DataFiles.readRows(path, engine.backend().precision(), arena);
    return named(() -> bound(engine, dataSet(rows), rows.height(), rows.width()));
  }

  private static Bound bound(Engine engine, Prior prior, int height, int width) {
    return new Bound(engine.posterior(prior), height, width);
  }

  private static Prior dataSet(Rows rows) {
    if (rows.count() > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "found " + rows.count() + " points, allowed: at most 2^31 - 1");
    }
    return new DataSet(rows.values(), rows.precision(), (int) rows.count(), rows.dim(), null);
  }

  private interface Making {
    Bound make();
  }

  /** What an engine refuses does not know which file it came from. */
  private Bound named(Making making) {
    try {
      return making.make();
    } catch (InvalidInputException e) {
      throw new InvalidInputException("--prior " + text + ": " + e.getMessage(), e);
    }
  }
}
