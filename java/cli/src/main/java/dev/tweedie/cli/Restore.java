package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.ImageShape;
import dev.tweedie.metric.Distortion;
import dev.tweedie.restore.ImplicitPriorSampler;
import dev.tweedie.restore.LinearMeasurement;
import dev.tweedie.restore.Measurements;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tweedie restore}: whole rows from linear measurements of them. */
@Command(
    name = "restore",
    description = {
      "Restore rows from what is known of them: some elements, a small or blurred copy, ...",
      "Draws what the sampler of Kadkhodaie and Simoncelli 2021 draws, which agrees with what is"
          + " known but varies less than the posterior: of two pixels with correlation 0.9, one of"
          + " them known, the other has 0.58 of the posterior's variance at the default steps."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example: the lower right quarter of digits is missing:",
      "  tweedie restore --prior denoiser.onnx --network size=28x28 --in digits.npy \\",
      "    --operator inpaint:14:14:14:14 --out whole.png",
      "",
      "Example: what is unknown is NaN, in each row something else:",
      "  tweedie restore --prior mixture.npz --in holes.npy --out whole.npy",
      "",
      "Example: four times as wide and high, from clean pictures that are made small first:",
      "  tweedie restore --prior train.npy --in test.npy --simulate --operator superres:4 \\",
      "    --out large.npy"
    })
final class Restore extends ReportingCommand {
  /** The operator by which NaN marks what is unknown, in each row something else. */
  static final String KNOWN = "known";

  private static final String FORMS = Measurements.FORMS + ", or " + KNOWN;

  @Mixin private PriorOption prior;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description =
          "What was observed: rows with NaN for what is unknown, images of which some pixels count,"
              + " small or blurred images, or rows of products.")
  private final Given<Path> in = Given.always();

  @Option(
      names = "--operator",
      paramLabel = "SPEC",
      description =
          "How it was observed: "
              + FORMS
              + ", where NaN is what is unknown (default: known, if there is a NaN).")
  private final Given<String> operator = Given.always();

  @Mixin private OutputRows out;

  @Option(
      names = "--simulate",
      description = "--in holds clean images: observe them first, and print how well they return.")
  private final Given<Boolean> simulate = Given.always();

  @Mixin private SeedOption seed;

  @Option(
      names = "--steps",
      paramLabel = "implicit[:H0[:BETA]]",
      defaultValue = "implicit",
      description =
          "Step sizes of the sampler, 0 to 1; a small BETA is slow and more random (default:"
              + " implicit:0.01:0.01, the paper's, 660 steps for a network).")
  private final Given<String> steps = Given.always();

  @Option(
      names = "--levels",
      paramLabel = "START:STOP",
      description =
          "Sigmas of the noise of the first rows, also of those of --start, and of the last ones"
              + " (default: "
              + Spread.HELP
              + ").")
  private final Given<String> levels = Given.always();

  @Option(
      names = "--start",
      paramLabel = "FILE",
      description = "Begin from these rows, one for each of --in, not from noise around the mean.")
  private final Given<Path> start = Given.always();

  @Option(
      names = "--clean",
      paramLabel = "FILE",
      description =
          "The true rows: prints PSNR (peak 1; the mean over rows, exact ones left out and counted,"
              + " and that of the MSE).")
  private final Given<Path> clean = Given.only("without --simulate, where --in holds clean rows");

  @Mixin private Inputs inputs;

  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) throws IOException {
    ImplicitSteps.parse("--steps", steps.get(), Spread.OF_A_NETWORK); // refused before any file
    boolean simulated = simulate.on();
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows given = inputs.readWithUnknown("--in", in.get(), engine, arena);
      boolean byElement = isByElement(given, simulated);
      ImageShape data = byElement ? given.image() : observed(given, simulated);
      PriorOption.Bound bound = prior.bind(engine, arena, inputs, data);
      Spread spread =
          levels.get() == null ? Spread.of(bound) : Spread.parse("--levels", levels.get());
      ImplicitPriorSampler.Steps sizes = ImplicitSteps.parse("--steps", steps.get(), spread);
      ImageShape image = whole(byElement ? ImageShape.UNKNOWN : data, bound);
      LinearMeasurement measurement = null;
      InputRows fitting = given;
      if (byElement) {
        fitting = inputs.fit(given, prior, bound, arena);
        image = elements(fitting, bound, image);
      } else {
        measurement = measurement(engine, image, bound.dim());
        fitting = inputs.like(given, image, arena);
        requireObserved(fitting, measurement, simulated);
      }
      options.requireProducts(
          bound.hasProducts() || !byElement && operator.get().startsWith("random:"),
          "--prior " + prior);
      out.check(bound.dim(), image);
      Samples first =
          inputs.beside("--start", start.get(), engine, prior, bound, given.count(), arena);
      Samples truth =
          simulated
              ? fitting.samples()
              : inputs.beside("--clean", clean.get(), engine, prior, bound, given.count(), arena);
      int batch = options.batch(bound.denoiser(), given.count());
      boolean random = first == null || sizes.beta() < 1;
      ImplicitPriorSampler sampler = sampler(bound, sizes, random ? seed.get() : 0, batch);
      Observation observation = byElement ? Observation.known(fitting) : null;
      planned();

      long begin = System.nanoTime();
      if (!byElement) {
        observation =
            Observation.measured(engine, measurement, operator.get(), fitting.samples(), simulated);
      }
      Samples restored = engine.samples(given.count(), bound.dim());
      restore(sampler, sizes, batch, observation, first, restored);
      report.line("backend", "%s", engine.backend().name());
      observation.report(report);
      inputs.report(report);
      report.value(
          "noise",
          List.of(sizes.start(), sizes.end()),
          "sigma %.3g to %.3g in %d steps",
          sizes.start(),
          sizes.end(),
          sizes.count());
      report.rows(restored);
      report.time(begin);
      report.pairs(engine.pairs());
      if (truth != null) {
        report.psnr(Distortion.of(restored, truth), given.count());
      }
      ImageShape order =
          given.image().isKnown() ? image.withChannelsLast(given.image().channelsLast()) : image;
      out.write(restored, image, order, byElement && given.complex());
      report.line("out", "%s", out.file());
    }
    return ExitStatus.OK;
  }

  /**
   * Whether NaN says what is unknown: by --operator known, or without an operator.
   *
   * @throws InvalidInputException where NaN cannot mean that, or nothing does
   */
  private boolean isByElement(InputRows given, boolean simulated) {
    String spec = operator.get();
    long row = given.samples().firstNonFiniteRow(); // NaN: infinity is not read
    if (spec == null && row < 0) {
      throw new InvalidInputException(
          "--operator: found none, and no NaN in --in %s, allowed: %s"
              .formatted(given.path(), FORMS));
    }
    boolean byElement = spec == null || spec.equals(KNOWN);
    if (!byElement && row >= 0) {
      throw new InvalidInputException(
          "--in %s: found NaN in row %d, allowed: finite numbers with --operator %s;"
                  .formatted(given.path(), row, spec)
              + " NaN for unknown ones with --operator "
              + KNOWN);
    }
    if (byElement && simulated) {
      throw new InvalidInputException(
          "--simulate: found with --operator %s, which observes nothing anew, allowed: with another"
              .formatted(KNOWN));
    }
    return byElement;
  }

  /** What a row is whose elements are known or not. */
  private static ImageShape elements(
      InputRows given, PriorOption.Bound bound, ImageShape otherwise) {
    return given.image().isKnown()
        ? given.image()
        : bound.image().isKnown() ? bound.image() : otherwise;
  }

  private LinearMeasurement measurement(Engine engine, ImageShape image, int dim) {
    LinearMeasurement measurement = Measurements.parse(operator.get(), engine, image);
    if (measurement.dim() != dim) {
      throw new InvalidInputException(
          "--operator %s: found images of %s, allowed: %d numbers, the dimension of --prior %s"
              .formatted(operator.get(), image, dim, prior));
    }
    return measurement;
  }

  /** Refuses rows that are not what the operator makes of the prior's images. */
  private void requireObserved(InputRows given, LinearMeasurement measurement, boolean simulated) {
    if (simulated) {
      given.require(prior, measurement.dim());
    } else if (given.samples().dim() != measurement.observedDim()) {
      throw new InvalidInputException(
          "--in %s: found rows of dimension %d, allowed: %d, what --operator %s leaves of dimension"
                  .formatted(
                      in.get(), given.samples().dim(), measurement.observedDim(), operator.get())
              + " %d of --prior %s; or clean rows with --simulate"
                  .formatted(measurement.dim(), prior));
    }
  }

  /** The restored images as --in says it: larger than its own for superres; else unknown. */
  private ImageShape observed(InputRows given, boolean simulated) {
    boolean small = !simulated && operator.get().startsWith("superres:");
    boolean products = !simulated && operator.get().startsWith("random:");
    ImageShape image = given.image();
    if (!image.isKnown() || products) {
      return ImageShape.UNKNOWN;
    }
    int scale = 1;
    if (small) {
      try {
        scale = Integer.parseInt(operator.get().substring("superres:".length()));
      } catch (NumberFormatException e) {
        scale = 1; // refused with the operator's own words
      }
      if (scale < 1 || scale > Integer.MAX_VALUE / Math.max(image.height(), image.width())) {
        scale = 1;
      }
    }
    return new ImageShape(
        scale * image.height(), scale * image.width(), image.channels(), image.channelsLast());
  }

  /** What a restored row is: of the size of --in, in the channels and order of the prior. */
  private static ImageShape whole(ImageShape data, PriorOption.Bound bound) {
    ImageShape size = data.isKnown() ? data : bound.image();
    if (!size.isKnown()) {
      int side = (int) Math.round(Math.sqrt(bound.dim()));
      return side * side == bound.dim()
          ? ImageShape.grey(side, side)
          : ImageShape.grey(1, bound.dim());
    }
    long pixels = size.pixels();
    boolean whole = bound.dim() % pixels == 0;
    ImageShape order = bound.image().isKnown() ? bound.image() : size;
    return size.withChannels(whole ? (int) (bound.dim() / pixels) : size.channels())
        .withChannelsLast(order.channelsLast());
  }

  private static ImplicitPriorSampler sampler(
      PriorOption.Bound bound, ImplicitPriorSampler.Steps sizes, long seed, int batch) {
    double[] mean = ImplicitSteps.mean(bound);
    return bound.blind() != null
        ? new ImplicitPriorSampler(bound.blind(), sizes, mean, seed, batch)
        : new ImplicitPriorSampler(bound.denoiser(), sizes, mean, seed, batch);
  }

  private void restore(
      ImplicitPriorSampler sampler,
      ImplicitPriorSampler.Steps sizes,
      int batch,
      Observation observation,
      Samples first,
      Samples restored) {
    long expected = sizes.count() + 1L;
    try (ProgressDisplay progress =
        new ProgressDisplay(show(), "restore", restored.rows() * expected)) {
      Batches.forEach(
          restored.rows(),
          batch,
          (begin, rows) -> {
            sampler.progress((done, all) -> progress.step(rows));
            Samples from = first == null ? null : first.slice(begin, rows);
            restored.slice(begin, rows).copyFrom(observation.draw(sampler, begin, rows, from));
          });
    }
  }
}
