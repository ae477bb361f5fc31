package dev.tweedie.cli;

import picocli.CommandLine.Option;

/** {@code --json} of commands that print facts and tables. */
@Section(Options.SHOWN)
final class JsonOption {
  @Option(names = "--json", description = "Print one JSON object in place of lines and tables.")
  private final Given<Boolean> json = Given.always();

  boolean on() {
    return json.on();
  }
}
