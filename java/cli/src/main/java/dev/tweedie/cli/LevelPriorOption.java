package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.ExactPosterior;
import picocli.CommandLine.Option;

/** {@code --level-prior}: what an exact blind denoiser knows of the level. */
final class LevelPriorOption {
  /** Uniform in log sigma: right for data of any dimension and any scale near 1. */
  private static final String DEFAULT = "power:1:0.01:10:64";

  @Option(
      names = "--level-prior",
      paramLabel = "T",
      description =
          "Prior on sigma of --blind with a mixture or a data set, proportional to sigma^-P: "
              + LevelPrior.FORMS
              + " (default: "
              + DEFAULT
              + ").")
  private String text;

  /**
   * The blind denoiser of a prior: the network, or the exact one.
   *
   * @param option that asks for it, for messages
   * @throws InvalidInputException where a network needs a level, or no prior on levels
   */
  BlindDenoiser of(PriorOption.Bound bound, PriorOption prior, String option) {
    if (bound.denoiser() instanceof ExactPosterior exact) {
      return new ExactBlindDenoiser(exact, LevelPrior.parse(text == null ? DEFAULT : text));
    }
    if (text != null) {
      throw new InvalidInputException(
          "--level-prior: found beside --prior "
              + prior
              + ", a network, allowed: with a mixture, a data set or builtin:NAME");
    }
    if (bound.blind() == null) {
      throw new InvalidInputException(
          "%s: found --prior %s, allowed: a network that is not told the level"
              .formatted(option, prior));
    }
    return bound.blind();
  }
}
