package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.fit.CovarianceKind;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.io.OutputFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
final class Fit implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description = "Rows to fit: .npy, .npz of one array, IDX, .gz of these, PNG or a directory.")
  private Path in;

  @Option(
      names = "--components",
      required = true,
      paramLabel = "K",
      converter = EngineOptions.Count.class,
      description = "Number of Gaussians.")
  private Long components;

  /** A kind and, for low rank, its rank. */
  private record Shape(CovarianceKind kind, int rank) {}

  @Option(
      names = "--covariance",
      paramLabel = "KIND",
      defaultValue = "full",
      converter = ShapeConverter.class,
      description =
          "isotropic, diagonal, low-rank:R (R directions and an isotropic rest) or full (default).")
  private Shape covariance;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "An .npz file with weights, means, covariances, and factors for low rank: a --prior.")
  private Path out;

  @Option(
      names = "--restarts",
      paramLabel = "N",
      defaultValue = "1",
      converter = EngineOptions.Count.class,
      description =
          "Starting points by k-means++; the largest likelihood is kept (default:"
              + " ${DEFAULT-VALUE}).")
  private Long restarts;

  @Option(
      names = "--floor",
      paramLabel = "V",
      defaultValue = "1e-6",
      converter = EngineOptions.Real.class,
      description =
          "Added to every variance; for low rank the least of the rest (default:"
              + " ${DEFAULT-VALUE}).")
  private double floor;

  @Option(
      names = "--tolerance",
      paramLabel = "T",
      defaultValue = "1e-3",
      converter = EngineOptions.Real.class,
      description =
          "Converged when the mean log-likelihood of a row changes by less (default:"
              + " ${DEFAULT-VALUE}).")
  private double tolerance;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "100",
      converter = EngineOptions.Count.class,
      description = "At most so many iterations (default: ${DEFAULT-VALUE}).")
  private Long iterations;

  @Option(
      names = "--complex",
      description =
          "Rows are complex numbers, real and imaginary part side by side, as files of complex64"
              + " and complex128 are without asking: circular Gaussians, and a complex file out.")
  private boolean complex;

  private final Inputs inputs = new Inputs();

  @Mixin private EngineOptions options;

  @Override
  public Integer call() throws IOException {
    if (!out.toString().endsWith(".npz")) {
      throw new InvalidInputException("--out: found " + out + ", allowed: a name in .npz");
    }
    FitOptions wanted =
        new FitOptions(
            whole("--components", components),
            covariance.kind(),
            covariance.rank(),
            options.seed(),
            whole("--restarts", restarts),
            floor,
            tolerance,
            whole("--iterations", iterations),
            complex);
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows rows = inputs.read("--in", in, engine, arena);
      wanted = wanted.withCircular(complex || rows.complex());
      OutputFile.check(out);
      long start = System.nanoTime();
      MixtureFit fit = run(engine, rows, wanted);
      if (wanted.circular()) {
        fit.parameters().writeComplex(out);
      } else {
        fit.parameters().write(out);
      }
      report(engine, rows, fit, start);
    }
    return ExitStatus.OK;
  }

  private static int whole(String option, long value) {
    if (value > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          option + ": found " + value + ", allowed: at most " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  private MixtureFit run(Engine engine, InputRows rows, FitOptions wanted) {
    long most = (long) wanted.restarts() * wanted.iterations();
    try (Progress progress = new Progress(options, "fit", most)) {
      return MixtureFitter.fit(
          engine, rows.samples(), wanted, (restart, iteration, likelihood) -> progress.step(1));
    }
  }

  private void report(Engine engine, InputRows rows, MixtureFit fit, long start) {
    PrintWriter to = spec.commandLine().getOut();
    Table table = new Table("iteration", "log-likelihood", "change");
    double[] history = fit.logLikelihoods();
    for (int i = 0; i < history.length; i++) {
      String change = i == 0 ? "" : "%.3g".formatted(history[i] - history[i - 1]);
      table.row(String.valueOf(i + 1), String.format(Locale.ROOT, "%.6f", history[i]), change);
    }
    table.print(to);
    Report report = new Report(to);
    report.line("backend", "%s", engine.backend().name());
    inputs.report(report);
    report.line("rows", "%s", rows.samples());
    report.line(
        "fit",
        "%s after %d iterations%s",
        fit.converged() ? "converged" : "stopped",
        history.length,
        restarts > 1 ? ", start " + (fit.restart() + 1) + " of " + restarts : "");
    report.time(start);
    fit.warnings().forEach(warning -> report.line("warning", "%s", warning));
    report.line("out", "%s", out);
  }

  private static final class ShapeConverter implements ITypeConverter<Shape> {
    private static final String LOW_RANK = "low-rank:";

    @Override
    public Shape convert(String text) {
      switch (text) {
        case "isotropic":
          return new Shape(CovarianceKind.ISOTROPIC, 0);
        case "diagonal":
          return new Shape(CovarianceKind.DIAGONAL, 0);
        case "full":
          return new Shape(CovarianceKind.FULL, 0);
        default:
          break;
      }
      if (text.startsWith(LOW_RANK)) {
        try {
          return new Shape(
              CovarianceKind.LOW_RANK, Integer.parseInt(text.substring(LOW_RANK.length())));
        } catch (NumberFormatException e) {
          // refused below
        }
      }
      throw new InvalidInputException(
          "found '" + text + "', allowed: isotropic, diagonal, low-rank:R, full");
    }
  }
}
