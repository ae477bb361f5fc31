package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Samples;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.io.ImageShape;
import dev.tweedie.metric.Distortion;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.reverse.TruncatedDenoiser.Match;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.ScheduleSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
final class Denoise extends ReportingCommand {
  private static final String TRUNCATED = "truncated";
  private static final String USE = "with --method truncated";

  @Mixin private PriorOption prior;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description = "Noisy rows: " + Inputs.FORMS)
  private final Given<Path> in = Given.always();

  @Mixin private OutputRows out;

  @Option(
      names = "--level",
      paramLabel = "L",
      converter = LevelSyntax.Converter.class,
      description = LevelSyntax.HELP)
  private final Given<Level> level = Given.only("without --blind and --method blind");

  @Option(
      names = "--blind",
      description =
          "Without a level (as --method blind): a network that is told none, or a prior's exact"
              + " denoiser, averaged over --level-prior.")
  private final Given<Boolean> blind = Given.always();

  @Option(
      names = "--method",
      paramLabel = "NAME",
      defaultValue = "mean",
      converter = Method.class,
      completionCandidates = Method.class,
      description =
          "mean: the exact posterior mean (default); truncated: the reverse chain without noise,"
              + " from the schedule's level nearest by --match; blind: as --blind.")
  private final Given<String> method = Given.only("without --blind");

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "fesl:300",
      description =
          "Schedule of the truncated chain: ${bundle:schedules} (default: ${DEFAULT-VALUE}).")
  private final Given<String> schedule = Given.only(USE);

  @Option(
      names = "--match",
      paramLabel = "M",
      defaultValue = "dB",
      converter = Matching.class,
      completionCandidates = Matching.class,
      description =
          "How the truncated chain measures which level is nearest: dB (default), or linear, of"
              + " the signal-to-noise ratios themselves.")
  private final Given<String> match = Given.only(USE);

  @Option(
      names = "--re-sampling",
      description =
          "Fresh noise after every step of the truncated chain but the last: a posterior sample,"
              + " of about twice the least error.")
  private final Given<Boolean> resampling = Given.only(USE);

  @Mixin private SeedOption seed;

  @Option(
      names = "--clean",
      paramLabel = "FILE",
      description =
          "The true rows: prints MSE (over all numbers), PSNR (peak 1; the mean over rows, those"
              + " that are exact left out and counted, and that of the MSE) and nMSE (sum |error|^2"
              + " / sum |clean|^2).")
  private final Given<Path> clean = Given.always();

  @Mixin private LevelPriorOption levelPrior;

  @Mixin private Inputs inputs;

  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) throws IOException {
    Schedule steps = checkMethod();
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows given = inputs.read("--in", in.get(), engine, arena);
      PriorOption.Bound bound = prior.bind(engine, arena, inputs, given.image());
      options.requireProducts(bound.hasProducts(), "--prior " + prior);
      InputRows noisy = inputs.fit(given, prior, bound, arena);
      Samples truth =
          inputs.beside("--clean", clean.get(), engine, prior, bound, noisy.count(), arena);
      ImageShape image = noisy.image().isKnown() ? noisy.image() : bound.image();
      out.check(bound.dim(), image);
      int batch = options.batch(bound.denoiser(), noisy.count());
      double[] sigmas = new double[isBlind() ? Math.toIntExact(noisy.count()) : 0];
      Estimator estimator = estimator(bound, steps, batch, sigmas);
      planned();

      long start = System.nanoTime();
      Samples estimate = engine.samples(noisy.count(), bound.dim());
      run(estimator, batch, noisy.samples(), estimate);
      report.line("backend", "%s", engine.backend().name());
      if (isBlind()) {
        report.line("method", "blind");
        report.number("sigma", "%.4g (median of the rows' estimates)", median(sigmas));
      } else {
        report.value("method", method.get(), "%s at %s", method.get(), level.get());
        report.level(level.get());
      }
      inputs.report(report);
      report.rows(estimate);
      report.time(start);
      report.pairs(engine.pairs());
      if (steps == null && !isBlind() && bound.denoiser() instanceof ExactPosterior exact) {
        report.digits(exact, noisy.samples(), level.get(), EnumSet.of(Output.MEAN), Evaluate::name);
      }
      if (truth != null) {
        report.distortion(Distortion.of(estimate, truth), noisy.count());
      }
      ImageShape order =
          given.image().isKnown() ? image.withChannelsLast(given.image().channelsLast()) : image;
      out.write(estimate, image, order, noisy.complex());
      report.line("out", "%s", out.file());
    }
    return ExitStatus.OK;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  /** The schedule of the truncated chain, or null for other methods. */
  private Schedule checkMethod() {
    if (isBlind()) {
      return null;
    }
    if (level.get() == null) {
      throw new InvalidInputException(
          "--level: found none, allowed: " + LevelSyntax.FORMS + "; or --blind in its place");
    }
    return method.get().equals(TRUNCATED) ? ScheduleSpec.parse(schedule.get()) : null;
  }

  private boolean isBlind() {
    return blind.on() || method.get().equals("blind");
  }

  private void run(Estimator estimator, int batch, Samples noisy, Samples estimate) {
    try (ProgressDisplay progress = new ProgressDisplay(show(), "denoise", noisy.rows())) {
      Batches.forEach(
          noisy.rows(),
          batch,
          (begin, count) -> {
            estimator.estimate(noisy.slice(begin, count), begin, estimate.slice(begin, count));
            progress.step(count);
          });
    }
  }

  private interface Estimator {
    void estimate(Samples y, long firstRow, Samples out);
  }

  private Estimator estimator(PriorOption.Bound bound, Schedule steps, int batch, double[] sigmas) {
    if (isBlind()) {
      return blind(levelPrior.estimate(bound, prior, "--blind", null), sigmas);
    }
    Level at = level.get();
    Denoiser denoiser = bound.denoiser();
    return steps == null
        ? (y, firstRow, to) -> denoiser.denoise(y, at, to)
        : truncated(denoiser, steps, batch, at);
  }

  private static Estimator blind(BlindEstimate estimate, double[] sigmas) {
    return (y, firstRow, to) -> {
      double[] sigma = new double[(int) y.rows()];
      estimate.estimate(y, to, sigma);
      System.arraycopy(sigma, 0, sigmas, (int) firstRow, sigma.length);
    };
  }

  private Estimator truncated(Denoiser denoiser, Schedule steps, int batch, Level at) {
    Match by = match.get().equals("dB") ? Match.DECIBEL : Match.LINEAR;
    TruncatedDenoiser chain = new TruncatedDenoiser(denoiser, steps, batch).matching(by);
    if (resampling.on()) {
      chain.resampling(seed.get());
    }
    return (y, firstRow, to) -> to.copyFrom(chain.chain(y, at, firstRow));
  }

  private static final class Method extends Converters.Choice {
    Method() {
      super("mean", TRUNCATED, "blind");
    }
  }

  private static final class Matching extends Converters.Choice {
    Matching() {
      super("dB", "linear");
    }
  }
}
