package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.io.ImageShape;
import dev.tweedie.metric.Distortion;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.reverse.TruncatedDenoiser.Match;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.ScheduleSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tweedie denoise}: noisy rows in, estimates of the clean ones out. */
@Command(
    name = "denoise",
    description =
        "Denoise rows by the exact posterior mean, the truncated reverse chain or a network.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example: a picture of any size, by a network that is not told how much noise there is:",
      "  tweedie denoise --prior denoiser.onnx --blind --in noisy.png --out clean.png",
      "",
      "Example: images of a data set with noise of standard deviation 0.5:",
      "  tweedie denoise --prior train.npy --in noisy.npy --level sigma=0.5 --out clean.npy"
    })
final class Denoise implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private PriorOption prior;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description = "Noisy rows: .npy, .npz of one array, IDX, .gz of these, PNG or a directory.")
  private Path in;

  @Mixin private OutputRows out;

  @Option(
      names = "--level",
      paramLabel = "L",
      converter = LevelSyntax.Converter.class,
      description = LevelSyntax.HELP)
  private LevelSyntax level;

  @Option(
      names = "--blind",
      description =
          "Without a level (as --method blind): a network that is told none, or a prior's exact"
              + " denoiser, averaged over --level-prior.")
  private boolean blind;

  @Mixin private LevelPriorOption levelPrior;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      defaultValue = "mean",
      description =
          "mean: the exact posterior mean (default); truncated: the reverse chain without noise,"
              + " from the schedule's level nearest by --match.")
  private String method;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "fesl:300",
      description = "Schedule of the truncated chain (default: ${DEFAULT-VALUE}).")
  private String schedule;

  @Option(
      names = "--match",
      paramLabel = "M",
      description =
          "How the truncated chain measures which level is nearest: dB (default), or linear, of"
              + " the signal-to-noise ratios themselves.")
  private String match;

  @Option(
      names = "--re-sampling",
      description =
          "Fresh noise after every step of the truncated chain but the last: a posterior sample,"
              + " of about twice the least error.")
  private boolean resampling;

  @Option(
      names = "--clean",
      paramLabel = "FILE",
      description =
          "The true rows: prints MSE, PSNR (peak 1, mean over rows) and nMSE (sum |error|^2 / sum"
              + " |clean|^2).")
  private Path clean;

  private final Inputs inputs = new Inputs();

  @Mixin private EngineOptions options;

  private double[] sigmas; // of a blind run

  @Override
  public Integer call() throws IOException {
    Schedule steps = checkMethod();
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows given = inputs.read("--in", in, engine, arena);
      PriorOption.Bound bound = prior.bind(engine, arena, inputs, given.image());
      InputRows noisy = inputs.fit(given, prior, bound, arena);
      Samples truth = inputs.beside("--clean", clean, engine, prior, bound, noisy.count(), arena);
      ImageShape image = noisy.image().isKnown() ? noisy.image() : bound.image();
      out.check(bound.dim(), image);

      long start = System.nanoTime();
      Samples estimate = engine.samples(noisy.count(), bound.dim());
      sigmas = new double[isBlind() ? Math.toIntExact(noisy.count()) : 0];
      run(bound, steps, noisy.samples(), estimate);
      Report report = new Report(spec.commandLine().getOut());
      report.line("backend", "%s", engine.backend().name());
      report.line("method", "%s", isBlind() ? "blind" : method + " at " + level.level());
      if (isBlind()) {
        Arrays.sort(sigmas);
        double middle = sigmas.length == 0 ? Double.NaN : sigmas[sigmas.length / 2];
        report.line("sigma", "%.4g (median of the rows' estimates)", middle);
      }
      inputs.report(report);
      report.line("rows", "%s", estimate);
      report.time(start);
      if (truth != null) {
        Distortion distortion = Distortion.of(estimate, truth);
        report.line("MSE", "%.6g", distortion.mse());
        report.line("PSNR", "%.3f dB", distortion.psnr());
        report.line("nMSE", "%.6g", distortion.nmse());
      }
      ImageShape order =
          given.image().isKnown() ? image.withChannelsLast(given.image().channelsLast()) : image;
      out.write(estimate, image, order, noisy.complex());
      report.line("out", "%s", out.file());
    }
    return ExitStatus.OK;
  }

  /** The schedule of the truncated chain, or null for the mean. */
  private Schedule checkMethod() {
    if ((match != null || resampling) && !method.equals("truncated")) {
      throw new InvalidInputException(
          "%s: found without --method truncated, allowed: with it"
              .formatted(match != null ? "--match" : "--re-sampling"));
    }
    match();
    if (isBlind()) {
      if (level != null || method.equals("truncated")) {
        throw new InvalidInputException(
            "--blind: found beside --%s, allowed: alone"
                .formatted(level != null ? "level" : "method"));
      }
      return null;
    }
    if (!method.equals("mean") && !method.equals("truncated")) {
      throw new InvalidInputException(
          "--method: found '" + method + "', allowed: mean, truncated, blind");
    }
    if (level == null) {
      throw new InvalidInputException(
          "--level: found none, allowed: " + LevelSyntax.FORMS + "; or --blind in its place");
    }
    return method.equals("truncated") ? ScheduleSpec.parse(schedule) : null;
  }

  private boolean isBlind() {
    return blind || method.equals("blind");
  }

  private void run(PriorOption.Bound bound, Schedule steps, Samples noisy, Samples estimate) {
    Denoiser denoiser = bound.denoiser();
    int size = options.batch(denoiser, noisy.rows());
    Estimator estimator =
        isBlind()
            ? blind(levelPrior.estimate(bound, prior, "--blind", null))
            : steps == null ? mean(denoiser, size) : truncated(denoiser, steps, size);
    try (Progress progress = new Progress(options, "denoise", noisy.rows())) {
      Batches.forEach(
          noisy.rows(),
          size,
          (begin, count) -> {
            estimator.estimate(noisy.slice(begin, count), begin, estimate.slice(begin, count));
            progress.step(count);
          });
    }
  }

  private interface Estimator {
    void estimate(Samples y, long firstRow, Samples out);
  }

  private Estimator blind(BlindEstimate estimate) {
    return (y, firstRow, to) -> {
      double[] sigma = new double[(int) y.rows()];
      estimate.estimate(y, to, sigma);
      System.arraycopy(sigma, 0, sigmas, (int) firstRow, sigma.length);
    };
  }

  private Estimator mean(Denoiser denoiser, int size) {
    Level at = level.level();
    Samples scaled = scaled(denoiser, size);
    return (y, firstRow, to) -> denoiser.denoise(level.scale(denoiser.engine(), y, scaled), at, to);
  }

  private Estimator truncated(Denoiser denoiser, Schedule steps, int size) {
    TruncatedDenoiser chain = new TruncatedDenoiser(denoiser, steps, size).matching(match());
    if (resampling) {
      chain.resampling(options.seed());
    }
    Level at = level.level();
    Samples scaled = scaled(denoiser, size);
    return (y, firstRow, to) ->
        to.copyFrom(chain.chain(level.scale(denoiser.engine(), y, scaled), at, firstRow));
  }

  private Match match() {
    return switch (match) {
      case null -> Match.DECIBEL;
      case "dB" -> Match.DECIBEL;
      case "linear" -> Match.LINEAR;
      default ->
          throw new InvalidInputException("--match: found '" + match + "', allowed: dB, linear");
    };
  }

  private Samples scaled(Denoiser denoiser, int size) {
    return level.scale() == 1 ? null : denoiser.engine().samples(size, denoiser.dim());
  }
}
