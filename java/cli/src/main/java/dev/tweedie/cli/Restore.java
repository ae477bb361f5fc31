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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tweedie restore}: whole rows from linear measurements of them. */
@Command(
    name = "restore",
    description = "Restore images from what is known of them: a part, a small or blurred copy, ...",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example: the lower right quarter of digits is missing:",
      "  tweedie restore --prior denoiser.onnx --network size=28x28 --in digits.npy"
          + " --operator inpaint:14:14:14:14 --out whole.png",
      "",
      "Example: four times as wide and high, from clean pictures that are made small first:",
      "  tweedie restore --prior train.npy --in test.npy --simulate --operator superres:4"
          + " --out large.npy"
    })
final class Restore implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private PriorOption prior;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description =
          "What was observed: images of which some pixels count, small or blurred images, or rows"
              + " of products.")
  private Path in;

  @Option(
      names = "--operator",
      required = true,
      paramLabel = "SPEC",
      description = "How it was observed: " + Measurements.FORMS + ".")
  private String operator;

  @Mixin private OutputRows out;

  @Option(
      names = "--simulate",
      description = "--in holds clean images: observe them first, and print how well they return.")
  private boolean simulate;

  @Option(
      names = "--steps",
      paramLabel = "implicit[:H0[:BETA]]",
      defaultValue = "implicit",
      description =
          "Step sizes of the sampler, 0 to 1; a small BETA is slow and more random (default:"
              + " implicit:0.01:0.01, about 660 steps).")
  private String steps;

  @Option(
      names = "--start",
      paramLabel = "FILE",
      description =
          "Begin from these rows, one for each of --in, not from noise of sigma 1 around the mean.")
  private Path start;

  @Option(
      names = "--clean",
      paramLabel = "FILE",
      description = "The true rows: prints PSNR (peak 1, mean over rows).")
  private Path clean;

  private final Inputs inputs = new Inputs();

  @Mixin private EngineOptions options;

  @Override
  public Integer call() throws IOException {
    if (simulate && clean != null) {
      throw new InvalidInputException(
          "--clean: found with --simulate, allowed: one of them, since --in then holds clean rows");
    }
    ImplicitPriorSampler.Steps sizes = ImplicitSteps.parse("--steps", steps);
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows given = inputs.read("--in", in, engine, arena);
      int[] size = imageSize(given);
      PriorOption.Bound bound =
          prior.bind(engine, arena, inputs, ImageShape.grey(size[0], size[1]));
      if (size[0] == 0) {
        size = new int[] {bound.image().height(), bound.image().width()};
      }
      if (size[0] == 0) {
        size = square(bound.dim());
      }
      LinearMeasurement measurement = Measurements.parse(operator, engine, size[0], size[1]);
      given.require(prior, simulate ? bound.dim() : measurement.observedDim());
      if (measurement.dim() != bound.dim()) {
        throw new InvalidInputException(
            "--operator %s: found images of %d x %d, allowed: %d pixels, the dimension of --prior %s"
                .formatted(operator, size[0], size[1], bound.dim(), prior));
      }
      ImageShape image = ImageShape.grey(size[0], size[1]);
      out.check(bound.dim(), image);
      Samples first = inputs.beside("--start", start, engine, prior, bound, given.count(), arena);
      Samples truth =
          simulate
              ? given.samples()
              : inputs.beside("--clean", clean, engine, prior, bound, given.count(), arena);

      long begin = System.nanoTime();
      Samples coefficients = engine.samples(given.count(), measurement.count());
      if (simulate) {
        measurement.measure(given.samples(), coefficients);
      } else {
        measurement.coefficients(given.samples(), coefficients);
      }
      Samples restored = engine.samples(given.count(), bound.dim());
      run(bound, sizes, measurement, coefficients, first, restored);
      Report report = new Report(spec.commandLine().getOut());
      report.line("backend", "%s", engine.backend().name());
      report.line("operator", "%s, %d of %d known", operator, measurement.count(), bound.dim());
      inputs.report(report);
      report.line("rows", "%s", restored);
      report.time(begin);
      if (truth != null) {
        report.line("PSNR", "%.3f dB", Distortion.of(restored, truth).psnr());
      }
      out.write(restored, image);
      report.line("out", "%s", out.file());
    }
    return ExitStatus.OK;
  }

  /** Height and width of the restored images as --in says it; zeros where it does not. */
  private int[] imageSize(InputRows given) {
    boolean small = !simulate && operator.startsWith("superres:");
    boolean products = !simulate && operator.startsWith("random:");
    if (!given.image().isKnown() || products) {
      return new int[2];
    }
    int scale = 1;
    if (small) {
      try {
        scale = Integer.parseInt(operator.substring("superres:".length()));
      } catch (NumberFormatException e) {
        scale = 1; // refused with the operator's own words
      }
    }
    return new int[] {scale * given.image().height(), scale * given.image().width()};
  }

  private static int[] square(int dim) {
    int side = (int) Math.round(Math.sqrt(dim));
    return side * side == dim ? new int[] {side, side} : new int[] {1, dim};
  }

  private void run(
      PriorOption.Bound bound,
      ImplicitPriorSampler.Steps sizes,
      LinearMeasurement measurement,
      Samples coefficients,
      Samples first,
      Samples restored) {
    int batch = options.batch(bound.denoiser(), restored.rows());
    double[] mean = ImplicitSteps.mean(bound);
    ImplicitPriorSampler sampler =
        bound.blind() != null
            ? new ImplicitPriorSampler(bound.blind(), sizes, mean, options.seed(), batch)
            : new ImplicitPriorSampler(bound.denoiser(), sizes, mean, options.seed(), batch);
    long expected = sizes.count() + 1L;
    try (Progress progress = new Progress(options, "restore", restored.rows() * expected)) {
      Batches.forEach(
          restored.rows(),
          batch,
          (begin, rows) -> {
            sampler.progress((done, all) -> progress.step(rows));
            Samples part = coefficients.slice(begin, rows);
            Samples from = first == null ? null : first.slice(begin, rows);
            restored.slice(begin, rows).copyFrom(sampler.restore(measurement, part, from, begin));
          });
    }
  }
}
