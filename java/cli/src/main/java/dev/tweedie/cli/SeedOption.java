package dev.tweedie.cli;

import picocli.CommandLine.Option;

/** {@code --seed} of commands that may be random. */
final class SeedOption {
  @Option(
      names = "--seed",
      paramLabel = "K",
      defaultValue = "0",
      converter = Converters.Seed.class,
      description = "Key of all noise, a 64-bit whole number (default: ${DEFAULT-VALUE}).")
  private final Given<Long> seed = Given.only("where something is random");

  long get() {
    return seed.get();
  }
}
