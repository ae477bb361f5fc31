package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.io.ImageShape;
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
              + " mixture (the exact reverse kernel), or "
              + BlindSampling.FORMS
              + " (exponential:0.1:0.5), which estimates the level of every row instead of"
              + " following a schedule.")
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
              + " exactly so many (default: 40); of blind at most so many.")
  private Long steps;

  @Mixin private BlindSampling blind;

  @Option(
      names = "--start",
      paramLabel = "FILE",
      description = "Begin from these rows at the schedule's noisiest level, not from noise.")
  private Path start;

  private final Inputs inputs = new Inputs();

  @Mixin private EngineOptions options;

  @Override
  public Integer call() throws IOException {
    BlindStep blindStep = BlindSampling.isBlind(sampler) ? BlindSampling.step(sampler) : null;
    Sampler rule = blindStep != null ? null : Samplers.of(sampler);
    Schedule levels = ScheduleSpec.parse(schedule, wantedSteps());
    if (count == null && start == null) {
      throw new InvalidInputException("--count: found none, allowed: a whole number >= 1");
    }
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows given = readStart(engine, arena);
      ImageShape data = given == null ? ImageShape.UNKNOWN : given.image();
      PriorOption.Bound bound = prior.bind(engine, arena, inputs, data);
      boolean last = !data.isKnown() ? bound.image().channelsLast() : data.channelsLast();
      ImageShape order = bound.image().withChannelsLast(last);
      if (given != null) {
        given = inputs.fit(given, prior, bound, arena);
      }
      long rows = given == null ? count : given.count();
      out.check(bound.dim(), bound.image());

      long begin = System.nanoTime();
      Samples samples = engine.samples(rows, bound.dim());
      Samples starts = given == null ? null : given.samples();
      BlindSampling.Plan plan = blindStep == null ? null : blind.plan(blindStep, bound);
      long[] ended = plan == null ? null : runBlind(bound, plan, starts, samples);
      if (plan == null) {
        run(bound, levels, rule, starts, samples);
      }
      Report report = new Report(spec.commandLine().getOut());
      report.line("backend", "%s", engine.backend().name());
      if (plan != null) {
        report.line("sampler", "blind, %s", plan);
        report.line("steps", "%d; %d of %d rows stopped", ended[1], ended[0], rows);
      } else {
        report.line("sampler", "%s, %d steps of %s", sampler, levels.size(), schedule);
      }
      inputs.report(report);
      report.line("rows", "%s", samples);
      report.time(begin);
      out.write(samples, bound.image(), order, false);
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
    InputRows given = inputs.read("--start", start, engine, arena);
    if (count != null && count != given.count()) {
      throw new InvalidInputException(
          "--count: found %d, allowed: %d, the rows of --start %s"
              .formatted(count, given.count(), start));
    }
    return given;
  }

  /** Returns how many rows came to the last level, and the most steps that one took. */
  private long[] runBlind(
      PriorOption.Bound bound, BlindSampling.Plan plan, Samples given, Samples samples) {
    int size = options.batch(bound.denoiser(), samples.rows());
    BlindChain chain = blind.chain(plan, bound, prior, steps, options.seed(), size);
    long[] ended = new long[2];
    long expected = plan.step().steps(plan.start(), plan.stop()) + 1L;
    try (Progress progress = new Progress(options, "sample", samples.rows() * expected)) {
      Batches.forEach(
          samples.rows(),
          size,
          (begin, rows) -> {
            chain.observe((step, sigma) -> progress.step(step < expected ? rows : 0));
            BlindChain.Result result =
                given == null
                    ? chain.sample(begin, (int) rows)
                    : chain.run(given.slice(begin, rows), begin);
            samples.slice(begin, rows).copyFrom(result.denoised());
            ended[0] += result.stopped();
            ended[1] = Math.max(ended[1], result.steps());
          });
    }
    return ended;
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
