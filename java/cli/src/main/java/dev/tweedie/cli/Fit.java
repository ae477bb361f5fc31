package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.Rows;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tweedie fit}: rows in, a Gaussian mixture out that serves as {@code --prior}. */
@Command(
    name = "fit",
    description = "Fit a Gaussian mixture to rows by expectation maximisation.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  tweedie fit --in train.npy --components 32 --covariance low-rank:8 --out mixture.npz",
      "  tweedie denoise --prior mixture.npz --in noisy.npy --level sigma=0.5 --out clean.npy"
    })
final class Fit extends ReportingCommand {
  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description = "Rows to fit: " + Inputs.FORMS)
  private final Given<Path> in = Given.always();

  @Option(
      names = "--components",
      required = true,
      paramLabel = "K",
      converter = Converters.Size.class,
      description = "Number of Gaussians.")
  private final Given<Integer> components = Given.always();

  /** A kind and, for low rank, its rank. */
  private record Shape(Kind kind, int rank) {}

  @Option(
      names = "--covariance",
      paramLabel = "KIND",
      defaultValue = "full",
      converter = ShapeConverter.class,
      description =
          "isotropic, diagonal, low-rank:R (R directions and an isotropic rest) or full (default).")
  private final Given<Shape> covariance = Given.always();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "An .npz file with weights, means, covariances, and factors for low rank: a --prior; -"
              + " for standard output.")
  private final Given<Path> out = Given.always();

  @Option(
      names = "--restarts",
      paramLabel = "N",
      defaultValue = "1",
      converter = Converters.Size.class,
      description =
          "Starting points by k-means++; the largest likelihood is kept (default:"
              + " ${DEFAULT-VALUE}).")
  private final Given<Integer> restarts = Given.always();

  @Option(
      names = "--floor",
      paramLabel = "V",
      defaultValue = "1e-6",
      converter = Converters.Real.class,
      description =
          "Added to every variance; for low rank the least of the rest (default:"
              + " ${DEFAULT-VALUE}).")
  private final Given<Double> floor = Given.always();

  @Option(
      names = "--tolerance",
      paramLabel = "T",
      defaultValue = "1e-3",
      converter = Converters.Real.class,
      description =
          "Converged when the mean log-likelihood of a row changes by less (default:"
              + " ${DEFAULT-VALUE}).")
  private final Given<Double> tolerance = Given.always();

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "100",
      converter = Converters.Size.class,
      description = "At most so many iterations (default: ${DEFAULT-VALUE}).")
  private final Given<Integer> iterations = Given.always();

  @Option(
      names = "--complex",
      description =
          "Rows are complex numbers, real and imaginary part side by side, as files of complex64"
              + " and complex128 are without asking: circular Gaussians, and a complex file out.")
  private final Given<Boolean> complex = Given.only("with rows of real numbers");

  @Mixin private SeedOption seed;

  @Mixin private Inputs inputs;

  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) throws IOException {
    OutputArchive file = new OutputArchive(out.get());
    FitOptions wanted =
        new FitOptions(
            components.get(),
            covariance.get().kind(),
            covariance.get().rank(),
            seed.get(),
            restarts.get(),
            floor.get(),
            tolerance.get(),
            iterations.get(),
            false);
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows rows = inputs.read("--in", in.get(), engine, arena);
      wanted = wanted.withCircular(rows.complex() || complex.on());
      file.check();
      Samples data = rows.samples();
      double[] offset = new double[data.dim()];
      if (data.precision() == Precision.FLOAT32
          && Inputs.isFloat64(rows)
          && Offset.isFar(rows.file().rows())) {
        Rows wide = inputs.again(rows, arena);
        offset = Offset.mean(wide);
        data = engine.samples(Offset.about(offset, wide), (int) data.rows());
        inputs.note(in.get() + ": taken about its mean in float64, which float32 would lose");
      }
      planned();

      long start = System.nanoTime();
      MixtureFit fit = fit(engine, data, wanted);
      MixtureParameters found = fit.parameters();
      MixtureFile mixture =
          new MixtureFile(
              new MixtureParameters(
                  found.weights(),
                  Offset.back(found.means(), offset),
                  found.dim(),
                  found.covariance()));
      String origin = Origin.of(spec().commandLine());
      file.write(wanted.circular() ? mixture.complexArrays() : mixture.arrays(), origin);
      report.table("history", history(fit.logLikelihoods()));
      report.line("backend", "%s", engine.backend().name());
      inputs.report(report);
      report.rows(rows.samples());
      report(report, fit, start);
      report.line("out", "%s", file.file());
    }
    return ExitStatus.OK;
  }

  private MixtureFit fit(Engine engine, Samples rows, FitOptions wanted) {
    long most = (long) wanted.restarts() * wanted.iterations();
    try (ProgressDisplay progress = new ProgressDisplay(show(), "fit", most)) {
      return MixtureFitter.fit(
          engine, rows, wanted, (restart, iteration, likelihood) -> progress.step(1));
    }
  }

  private static Table history(double[] history) {
    Table table = new Table("iteration", "log-likelihood", "change");
    for (int i = 0; i < history.length; i++) {
      String change = i == 0 ? "" : String.format(Locale.ROOT, "%.3g", history[i] - history[i - 1]);
      table.row(String.valueOf(i + 1), String.format(Locale.ROOT, "%.6f", history[i]), change);
    }
    return table;
  }

  private void report(Report report, MixtureFit fit, long start) {
    int iterations = fit.logLikelihoods().length;
    report.value(
        "fit",
        fit.converged() ? "converged" : "stopped",
        "%s after %d iterations%s",
        fit.converged() ? "converged" : "stopped",
        iterations,
        restarts.get() > 1 ? ", start " + (fit.restart() + 1) + " of " + restarts.get() : "");
    report.fact("iterations", iterations);
    report.time(start);
    fit.warnings().forEach(report::warning);
  }

  private static final class ShapeConverter implements ITypeConverter<Shape> {
    private static final String LOW_RANK = "low-rank:";

    @Override
    public Shape convert(String text) {
      switch (text) {
        case "isotropic":
          return new Shape(Kind.ISOTROPIC, 0);
        case "diagonal":
          return new Shape(Kind.DIAGONAL, 0);
        case "full":
          return new Shape(Kind.FULL, 0);
        default:
          break;
      }
      if (text.startsWith(LOW_RANK)) {
        try {
          return new Shape(Kind.LOW_RANK, Integer.parseInt(text.substring(LOW_RANK.length())));
        } catch (NumberFormatException e) {
          // refused below
        }
      }
      throw new InvalidInputException(
          "found '" + text + "', allowed: isotropic, diagonal, low-rank:R, full");
    }
  }
}
