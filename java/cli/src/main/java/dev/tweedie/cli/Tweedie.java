package dev.tweedie.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command itself: its subcommands, and what holds for all of them. */
@Command(
    name = "tweedie",
    description = "Scores, posteriors and reverse steps of diffusion denoising.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {"", "tweedie COMMAND --help explains a command and shows an example."},
    subcommands = {
      Demo.class,
      Denoise.class,
      Sample.class,
      Restore.class,
      Evaluate.class,
      Fit.class,
      Reproduce.class,
      Info.class,
      Check.class,
      Bench.class
    })
final class Tweedie implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** The command line, printing to {@code out}, and one line to {@code err} where it fails. */
  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    Failures failures = new Failures();
    CommandLine line = new CommandLine(new Tweedie());
    line.setOut(out);
    line.setErr(err);
    line.setUsageHelpWidth(100);
    line.setParameterExceptionHandler(failures);
    line.setExecutionExceptionHandler(failures);
    return line;
  }

  /** Without a command: what there is. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitStatus.OK;
  }
}
