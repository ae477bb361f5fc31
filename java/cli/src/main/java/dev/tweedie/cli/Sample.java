package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.ScheduleSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tweedie sample}: new rows of a prior, from noise through a reverse process. */
@Command(
    name = "sample",
    description = "Draw rows from a prior by a reverse process that starts from noise.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example: a grid of 64 digits in 20 steps:",
      "  tweedie sample --prior builtin:glyphs --count 64 --sampler heun --schedule"
          + " karras:0.02:20 --steps 20 --out digits.png"
    })
final class Sample implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private PriorOption prior;

  @Option(
      names = "--count",
      paramLabel = "N",
      converter = EngineOptions.Count.class,
      description = "How many rows; with --start the number of its rows (default).")
  private Long count;

  @Mixin private OutputRows out;

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      defaultValue = "ddpm",
      description =
          "ddpm[:beta] (default), ddim[:ETA], euler, heun, dpm2, dpmpp-2m, ancestral, truncated or"
              + " mixture (the exact reverse kernel).")
  private String sampler;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "vp-cosine:100",
      description =
          "vp-linear[:T[:beta0:beta1]], vp-cosine[:T], fesl:T, karras:smin:smax[:rho], ou[:time] or"
              + " list:FILE (default: ${DEFAULT-VALUE}).")
  private String schedule;

  @Option(
      names = "--steps",
      paramLabel = "S",
      converter = EngineOptions.Count.class,
      description =
          "Steps: so many of the schedule's levels, evenly spaced (default: all); of karras and ou"
              + " exactly so many (default: 40).")
  private Long steps;

  @Option(
      names = "--start",
      paramLabel = "FILE",
      description = "Begin from these rows at the schedule's noisiest level, not from noise.")
  private Path start;

  @Mixin private EngineOptions options;

  @Override
  public Integer call() throws IOException {
    Sampler rule = Samplers.of(sampler);
    Schedule levels = ScheduleSpec.parse(schedule, wantedSteps());
    if (count == null && start == null) {
      throw new InvalidInputException("--count: found none, allowed: a whole number >= 1");
    }
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      PriorOption.Bound bound = prior.bind(engine, arena);
      ExactPosterior posterior = bound.posterior();
      Samples given = readStart(engine, posterior.dim(), arena);
      long rows = given == null ? count : given.rows();
      out.check(posterior.dim(), bound.height());

      long begin = System.nanoTime();
      Samples samples = engine.samples(rows, posterior.dim());
      run(posterior, levels, rule, given, samples);
      Report report = new Report(spec.commandLine().getOut());
      report.line("backend", "%s", engine.backend().name());
      report.line("sampler", "%s, %d steps of %s", sampler, levels.size(), schedule);
      report.line("rows", "%s", samples);
      report.time(begin);
      out.write(samples, bound.height(), bound.width());
      report.line("out", "%s", out.file());
    }
    return ExitStatus.OK;
  }

  private OptionalInt wantedSteps() {
    return steps == null
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.min(steps, Integer.MAX_VALUE));
  }

  private Samples readStart(Engine engine, int dim, Arena arena) throws IOException {
    if (start == null) {
      return null;
    }
    Samples given = InputRows.read("--start", start, engine, prior, dim, arena).samples();
    if (count != null && count != given.rows()) {
      throw new InvalidInputException(
          "--count: found %d, allowed: %d, the rows of --start %s"
              .formatted(count, given.rows(), start));
    }
    return given;
  }

  private void run(
      ExactPosterior posterior, Schedule levels, Sampler rule, Samples given, Samples samples) {
    int size = options.batch(posterior, samples.rows());
    Chain chain =
        new Chain(posterior, levels, options.seed(), size).startMean(posterior.prior().mean());
    try (Progress progress = new Progress(options, "sample", samples.rows() * levels.size())) {
      Batches.forEach(
          samples.rows(),
          size,
          (begin, rows) -> {
            chain.progress((done, all) -> progress.step(rows));
            Samples batch =
                given == null
                    ? chain.sample(rule, begin, (int) rows)
                    : chain.run(rule, given.slice(begin, rows), begin);
            samples.slice(begin, rows).copyFrom(batch);
          });
    }
  }
}
