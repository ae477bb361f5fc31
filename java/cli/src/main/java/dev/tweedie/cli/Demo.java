package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tweedie demo}: every reverse process once, on priors that the program makes itself. */
@Command(
    name = "demo",
    description = "Show every reverse process once on built-in priors, in tables and pictures.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {"", "Example:", "  tweedie demo --out pictures"})
final class Demo implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "tweedie-demo",
      description = "Where the pictures go; made if missing (default: ${DEFAULT-VALUE}).")
  private Path folder;

  @Mixin private EngineOptions options;

  @Override
  public Integer call() throws IOException {
    long start = System.nanoTime();
    try (Engine engine = options.open()) {
      OutputFolder.prepare(folder);
      PrintWriter out = spec.commandLine().getOut();
      out.printf("backend %s, %d threads%n", engine.backend().name(), options.threads());
      out.flush();
      ExactPosterior glyphs = ExactPosterior.of(engine, Builtin.of("glyphs"));
      DemoDenoising.run(glyphs, options.seed(), folder, out);
      DemoGrid grid = new DemoGrid(engine, options.seed());
      DemoSampling.fewSteps(grid, glyphs, options.seed(), folder, out);
      DemoSampling.everySampler(grid, glyphs, options.seed(), folder, out);
      out.printf(
          Locale.ROOT, "%npictures in %s, %.1f s%n", folder, (System.nanoTime() - start) * 1e-9);
    }
    return ExitStatus.OK;
  }
}
