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
import java.util.Iterator;
import java.util.OptionalInt;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
      "  tweedie sample --prior builtin:glyphs --count 64 --sampler heun \\",
      "    --schedule karras:0.02:20 --steps 20 --out digits.png"
    })
final class Sample extends ReportingCommand {
  private static final String FOLLOWING = "with a --sampler that follows a schedule, not blind";

  @Mixin private PriorOption prior;

  @Option(
      names = "--count",
      paramLabel = "N",
      converter = Converters.Count.class,
      description = "How many rows; with --start the number of its rows (default).")
  private final Given<Long> count = Given.always();

  @Mixin private OutputRows out;

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      defaultValue = "ddpm",
      completionCandidates = Names.class,
      description =
          "${bundle:samplers} (default: ${DEFAULT-VALUE}; mixture is the exact reverse kernel), or "
              + BlindSampling.FORMS
              + " (exponential:0.1:0.5), which estimates the level of every row instead of"
              + " following a schedule.")
  private final Given<String> sampler = Given.always();

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "vp-cosine:100",
      description = "${bundle:schedules} (default: ${DEFAULT-VALUE}).")
  private final Given<String> schedule = Given.only(FOLLOWING);

  @Option(
      names = "--steps",
      paramLabel = "S",
      converter = Converters.Size.class,
      description =
          "Steps: so many of the schedule's levels, evenly spaced (default: all); of karras and ou"
              + " exactly so many (default: 40); of blind at most so many.")
  private final Given<Integer> steps = Given.always();

  @Option(
      names = "--start",
      paramLabel = "FILE",
      description = "Begin from these rows at the schedule's noisiest level, not from noise.")
  private final Given<Path> start = Given.always();

  @Mixin private SeedOption seed;

  @Mixin private BlindSampling blind;

  @Mixin private Inputs inputs;

  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) throws IOException {
    Process process = process();
    if (count.get() == null && start.get() == null) {
      throw new InvalidInputException("--count: found none, allowed: a whole number >= 1");
    }
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      InputRows given = readStart(engine, arena);
      ImageShape data = given == null ? ImageShape.UNKNOWN : given.image();
      PriorOption.Bound bound = prior.bind(engine, arena, inputs, data);
      boolean last = !data.isKnown() ? bound.image().channelsLast() : data.channelsLast();
      ImageShape order = bound.image().withChannelsLast(last);
      options.requireProducts(bound.hasProducts(), "--prior " + prior);
      if (given != null) {
        given = inputs.fit(given, prior, bound, arena);
      }
      long rows = given == null ? count.get() : given.count();
      out.check(bound.dim(), bound.image());
      process.bind(bound, options.batch(bound.denoiser(), rows), given != null);
      planned();

      long begin = System.nanoTime();
      Samples samples = engine.samples(rows, bound.dim());
      process.run(given == null ? null : given.samples(), samples);
      report.line("backend", "%s", engine.backend().name());
      process.report(report, rows);
      inputs.report(report);
      report.rows(samples);
      report.time(begin);
      report.pairs(engine.pairs());
      out.write(samples, bound.image(), order, false);
      report.line("out", "%s", out.file());
    }
    return ExitStatus.OK;
  }

  private InputRows readStart(Engine engine, Arena arena) throws IOException {
    if (start.get() == null) {
      return null;
    }
    InputRows given = inputs.read("--start", start.get(), engine, arena);
    if (count.get() != null && count.get() != given.count()) {
      throw new InvalidInputException(
          "--count: found %d, allowed: %d, the rows of --start %s"
              .formatted(count.get(), given.count(), start.get()));
    }
    return given;
  }

  private Process process() {
    if (BlindSampling.isBlind(sampler.get())) {
      return new Blind(BlindSampling.step(sampler.get()));
    }
    Sampler rule;
    try {
      rule = Samplers.parse(sampler.get());
    } catch (InvalidInputException e) {
      boolean known = Samplers.names().contains(sampler.get().replaceFirst(":.*", ""));
      throw known ? e : new InvalidInputException(e.getMessage() + ", " + BlindSampling.FORMS, e);
    }
    OptionalInt wanted = steps.get() == null ? OptionalInt.empty() : OptionalInt.of(steps.get());
    return new Following(rule, ScheduleSpec.parse(schedule.get(), wanted));
  }

  /** A reverse process. */
  private interface Process {
    /** Everything but the work. */
    void bind(PriorOption.Bound bound, int batch, boolean started);

    /**
     * The work.
     *
     * @param given first rows, or null for noise
     */
    void run(Samples given, Samples samples);

    void report(Report report, long rows);
  }

  /** One that estimates the level of every row. */
  private final class Blind implements Process {
    private final BlindStep step;
    private BlindSampling.Plan plan;
    private BlindChain chain;
    private int batch;
    private long stopped;
    private long taken;

    Blind(BlindStep step) {
      this.step = step;
    }

    @Override
    public void bind(PriorOption.Bound bound, int batch, boolean started) {
      boolean random = !started || step.noise() > 0;
      this.batch = batch;
      plan = blind.plan(step, bound);
      chain = blind.chain(plan, bound, prior, steps.get(), random ? seed.get() : 0, batch);
    }

    @Override
    public void run(Samples given, Samples samples) {
      long expected = step.steps(plan.start(), plan.stop()) + 1L;
      try (ProgressDisplay progress =
          new ProgressDisplay(show(), "sample", samples.rows() * expected)) {
        Batches.forEach(
            samples.rows(),
            batch,
            (begin, rows) -> {
              chain.observe((done, sigma) -> progress.step(done < expected ? rows : 0));
              BlindChain.Result result =
                  given == null
                      ? chain.sample(begin, (int) rows)
                      : chain.run(given.slice(begin, rows), begin);
              samples.slice(begin, rows).copyFrom(result.denoised());
              stopped += result.stopped();
              taken = Math.max(taken, result.steps());
            });
      }
    }

    @Override
    public void report(Report report, long rows) {
      report.line("sampler", "blind, %s", plan);
      report.value("steps", taken, "%d; %d of %d rows stopped", taken, stopped, rows);
      report.fact("stopped", stopped);
    }
  }

  /** One that follows a schedule. */
  private final class Following implements Process {
    private final Sampler rule;
    private final Schedule levels;
    private Chain chain;
    private int batch;

    Following(Sampler rule, Schedule levels) {
      this.rule = rule;
      this.levels = levels;
    }

    @Override
    public void bind(PriorOption.Bound bound, int batch, boolean started) {
      boolean random = !started || rule.addsNoise();
      this.batch = batch;
      chain = new Chain(bound.denoiser(), levels, random ? seed.get() : 0, batch);
      if (bound.mean() != null) {
        chain.startMean(bound.mean());
      }
    }

    @Override
    public void run(Samples given, Samples samples) {
      try (ProgressDisplay progress =
          new ProgressDisplay(show(), "sample", samples.rows() * levels.size())) {
        Batches.forEach(
            samples.rows(),
            batch,
            (begin, rows) -> {
              chain.progress((done, all) -> progress.step(rows));
              Samples part =
                  given == null
                      ? chain.sample(rule, begin, (int) rows)
                      : chain.run(rule, given.slice(begin, rows), begin);
              samples.slice(begin, rows).copyFrom(part);
            });
      }
    }

    @Override
    public void report(Report report, long rows) {
      report.line("sampler", "%s, %d steps of %s", sampler.get(), levels.size(), schedule.get());
    }
  }

  /** For the shell to complete. */
  private static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(Samplers.names().stream(), Stream.of("blind")).iterator();
    }
  }
}
