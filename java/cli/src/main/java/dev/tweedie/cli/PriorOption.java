package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.io.ImageShape;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.RowFile;
import dev.tweedie.io.Rows;
import dev.tweedie.onnx.OnnxPresence;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Iterator;
import picocli.CommandLine.Option;

/** {@code --prior}: what is known of clean rows. */
@Section("The prior")
final class PriorOption {
  static final String EXACT =
      "Prior of the clean rows: a mixture (.npz with weights, means, covariances), a data set"
          + " (.npy, IDX, .gz of these, a directory of .png), builtin:NAME with NAME of glyphs,"
          + " grid49, two-points, rings, bimodal, circle8, three-gaussians, random-mixture";

  /** From here on fast mode takes the products of data sets and isotropic mixtures. */
  static final int LEAST_FAST_DIM = 32;

  private static final String BUILTIN = "builtin:";

  @Option(
      names = "--prior",
      required = true,
      paramLabel = "P",
      completionCandidates = Builtins.class,
      description = EXACT + ", or a network (.onnx).")
  private final Given<String> prior = Given.always();

  @Option(
      names = "--network",
      paramLabel = "KEY=VALUE,...",
      description =
          "What a network's file does not say: predicts=x0|epsilon|v|score|residual|edm,"
              + " told=nothing|sigma|log-sigma|snr|c-noise|time0|time1, schedule=NAME,"
              + " process=ve|vp, size=HxW, input=, level=, noise=, output=, sigma-data=, provider=,"
              + " memory=MIB.")
  private final Given<String> network = Given.only("with a --prior that is a network (.onnx)");

  /**
   * A prior bound to an engine.
   *
   * @param denoiser the exact posterior of a prior, or a network
   * @param blind the same without a level; null where it needs one
   * @param mean of the rows; null where unknown
   * @param image what a row is as an image, unknown where the prior does not say
   */
  record Bound(Denoiser denoiser, BlindDenoiser blind, double[] mean, ImageShape image) {
    int dim() {
      return denoiser.dim();
    }

    /** Whether fast mode takes the products that its evaluations are made of. */
    boolean hasProducts() {
      if (!(denoiser instanceof ExactPosterior exact) || dim() < LEAST_FAST_DIM) {
        return false;
      }
      return !(exact.prior() instanceof GaussianMixture mixture)
          || mixture.covariance() instanceof Covariance.Isotropic;
    }
  }

  PriorOption() {}

  /** As if that had been given. */
  PriorOption(String text) {
    prior.set(text);
  }

  /** What {@code --prior} may be without a file. */
  static final class Builtins implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Builtin.names().stream().map(BUILTIN::concat).iterator();
    }
  }

  /** What the option says. */
  @Override
  public String toString() {
    return prior.get();
  }

  /** As {@link #bind}, where only an exact posterior will do. */
  Bound bindExact(Engine engine, Arena arena, Inputs inputs) throws IOException {
    if (isNetwork()) {
      throw new InvalidInputException(
          "--prior: found " + this + ", a network, allowed: a mixture, a data set or builtin:NAME");
    }
    return bind(engine, arena, inputs, ImageShape.UNKNOWN);
  }

  boolean isNetwork() {
    return prior.get().endsWith(".onnx");
  }

  /**
   * Reads the prior and binds it to {@code engine}.
   *
   * @param arena lifetime of a data set's points
   * @param inputs what is told about the file's numbers
   * @param data what the data are as images, for a network that takes any size
   * @throws InvalidInputException with the file's name where it is no prior
   */
  Bound bind(Engine engine, Arena arena, Inputs inputs, ImageShape data) throws IOException {
    String text = prior.get();
    if (text.startsWith(BUILTIN)) {
      return bound(engine, Builtin.parse(text.substring(BUILTIN.length())), ImageShape.UNKNOWN);
    }
    if (isNetwork()) {
      if (!OnnxPresence.isPresent()) {
        throw new InvalidInputException(
            "--prior: found %s, a network, allowed: with ONNX Runtime; %s"
                .formatted(text, OnnxPresence.ABSENT));
      }
      String options = network.get() == null ? "" : network.get();
      return NetworkPrior.bind(engine, Path.of(text), options, data);
    }
    return switch (inputs.prior(text, engine, arena)) {
      case MixtureFile mixture ->
          named(() -> bound(engine, mixture.parameters().toPrior(), ImageShape.UNKNOWN));
      case RowFile file -> named(() -> bound(engine, dataSet(file.rows()), file.rows().image()));
    };
  }

  private static Bound bound(Engine engine, Prior prior, ImageShape image) {
    return new Bound(ExactPosterior.of(engine, prior), null, prior.mean(), image);
  }

  private static Prior dataSet(Rows rows) {
    if (rows.count() > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "found " + rows.count() + " points, allowed: at most 2^31 - 1");
    }
    return new DataSet(rows.values(), rows.precision(), (int) rows.count(), rows.dim());
  }

  private interface Making {
    Bound make();
  }

  /** What an engine refuses does not know which file it came from. */
  private Bound named(Making making) {
    try {
      return making.make();
    } catch (InvalidInputException e) {
      throw new InvalidInputException("--prior " + this + ": " + e.getMessage(), e);
    }
  }
}
