package dev.tweedie.cli;

import picocli.CommandLine.Option;

/** How a command tells what it does. All of it holds for every run. */
@Section(Options.SHOWN)
final class ShowOptions {
  static final String TRACE = "--trace";

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but warnings and errors, on the error stream; no progress.")
  private final Given<Boolean> quiet = Given.always();

  @Option(
      names = "--progress",
      paramLabel = "MODE",
      defaultValue = "auto",
      completionCandidates = Mode.class,
      converter = Mode.class,
      description = "auto: a bar on a terminal, nothing in a pipe (default); never.")
  private final Given<String> progress = Given.always();

  @Option(names = TRACE, description = "Show the stack trace of an internal failure.")
  private final Given<Boolean> trace = Given.always();

  /** Whether nothing is to be said. */
  boolean quiet() {
    trace.get(); // where a failure is told, its text is looked for: no value may be there yet
    progress.get();
    return quiet.on();
  }

  /** Whether progress may be shown where there is a terminal. */
  boolean progress() {
    return progress.get().equals("auto") && !quiet.on();
  }

  private static final class Mode extends Converters.Choice {
    Mode() {
      super("auto", "never");
    }
  }
}
