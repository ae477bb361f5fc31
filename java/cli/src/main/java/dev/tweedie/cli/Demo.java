package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tweedie demo}: every reverse process once, on priors that the program makes itself. */
@Command(
    name = "demo",
    description = "Show every reverse process once on built-in priors, in tables and pictures.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {"", "Example:", "  tweedie demo --out pictures"})
final class Demo extends ReportingCommand {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "tweedie-demo",
      description = "Where the pictures go; made if missing (default: ${DEFAULT-VALUE}).")
  private final Given<Path> out = Given.always();

  @Mixin private SeedOption seed;

  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) throws IOException {
    long start = System.nanoTime();
    try (Engine engine = options.open()) {
      Path folder = out.get();
      long key = seed.get();
      planned();
      OutputFolder.prepare(folder);
      report.text("backend %s, %d threads".formatted(engine.backend().name(), options.threads()));
      report.fact("backend", engine.backend().name());
      ExactPosterior glyphs = ExactPosterior.of(engine, Builtin.parse("glyphs"));
      DemoDenoising.run(glyphs, key, folder, report);
      DemoGrid grid = new DemoGrid(engine, key);
      DemoSampling.fewSteps(grid, glyphs, key, folder, report);
      DemoSampling.everySampler(grid, glyphs, key, folder, report);
      double seconds = (System.nanoTime() - start) * 1e-9;
      report.text(String.format(Locale.ROOT, "%npictures in %s, %.1f s", folder, seconds));
      report.fact("out", folder);
      report.fact("time", seconds);
    }
    return ExitStatus.OK;
  }
}
