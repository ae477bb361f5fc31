package dev.tweedie.cli;

import dev.tweedie.Engine;
import java.io.IOException;
import java.lang.foreign.Arena;
import picocli.CommandLine.Option;

/** {@code --prior} of commands that need its exact posterior. */
@Section("The prior")
final class ExactPriorOption {
  @Option(
      names = "--prior",
      required = true,
      paramLabel = "P",
      completionCandidates = PriorOption.Builtins.class,
      description = PriorOption.EXACT + ".")
  private final Given<String> prior = Given.always();

  /**
   * Reads the prior and binds it to {@code engine}.
   *
   * @param arena lifetime of a data set's points
   * @param inputs what is told about the file's numbers
   */
  PriorOption.Bound bind(Engine engine, Arena arena, Inputs inputs) throws IOException {
    return new PriorOption(prior.get()).bindExact(engine, arena, inputs);
  }

  /** What the option says. */
  @Override
  public String toString() {
    return prior.get();
  }
}
