package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.restore.ImplicitPriorSampler;
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
          "ddpm[:beta] (default), ddim[:ETA], euler, heun, dpm2, dpmpp-2m, ancestral, truncated,"
              + " mixture (the exact reverse kernel), or blind[:H0[:BETA]], which needs no schedule"
              + " but a network that is not told the level.")
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
    boolean blind = sampler.equals("blind") || sampler.startsWith("blind:");
    ImplicitPriorSampler.Steps blindSteps =
        blind ? ImplicitSteps.parse("--sampler", sampler) : null;
    Sampler rule = blind ? null : Samplers.of(sampler);
    Schedule levels = ScheduleSpec.parse(schedule, wantedSteps());
    if (count == null && start == null) {
      throw new InvalidInputException("--count: found none, allowed: a whole number >= 1");
    }
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows given = readStart(engine, arena);
      PriorOption.Bound bound =
          given == null
              ? prior.bind(engine, arena, 0, 0)
              : prior.bind(engine, arena, given.height(), given.width());
      if (given != null) {
        given.require("--start", start, prior, bound.dim());
      }
      long rows = given == null ? count : given.count();
      out.check(bound.dim(), bound.height());

      long begin = System.nanoTime();
      Samples samples = engine.samples(rows, bound.dim());
      if (blind) {
        runBlind(bound, blindSteps, samples);
      } else {
        run(bound, levels, rule, given == null ? null : given.samples(), samples);
      }
      Report report = new Report(spec.commandLine().getOut());
      report.line("backend", "%s", engine.backend().name());
      if (blind) {
        report.line("sampler", "%s, %s", sampler, blindSteps);
      } else {
        report.line("sampler", "%s, %d steps of %s", sampler, levels.size(), schedule);
      }
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

  private InputRows readStart(Engine engine, Arena arena) throws IOException {
    if (start == null) {
      return null;
    }
    InputRows given = InputRows.read("--start", start, engine, arena);
    if (count != null && count != given.count()) {
      throw new InvalidInputException(
          "--count: found %d, allowed: %d, the rows of --start %s"
              .formatted(count, given.count(), start));
    }
    return given;
  }

  private void runBlind(
      PriorOption.Bound bound, ImplicitPriorSampler.Steps blindSteps, Samples samples) {
    if (bound.blind() == null || start != null) {
      throw new InvalidInputException(
          "--sampler blind: found %s, allowed: a network that is not told the level"
              .formatted(start != null ? "--start" : "--prior " + prior));
    }
    int size = options.batch(bound.denoiser(), samples.rows());
    ImplicitPriorSampler sampler =
        new ImplicitPriorSampler(
            bound.blind(), blindSteps, ImplicitSteps.mean(bound), options.seed(), size);
    long expected = blindSteps.count() + 1L;
    try (Progress progress = new Progress(options, "sample", samples.rows() * expected)) {
      Batches.forEach(
          samples.rows(),
          size,
          (begin, rows) -> {
            sampler.progress((done, all) -> progress.step(rows));
            samples.slice(begin, rows).copyFrom(sampler.sample(begin, (int) rows));
          });
    }
  }

  private void run(
      PriorOption.Bound bound, Schedule levels, Sampler rule, Samples given, Samples samples) {
    int size = options.batch(bound.denoiser(), samples.rows());
    Chain chain = new Chain(bound.denoiser(), levels, options.seed(), size);
    if (bound.mean() != null) {
      chain.startMean(bound.mean());
    }
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
