package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.blind.AnalyticEstimate;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.GridEstimator;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.blind.LikelihoodEstimator;
import dev.tweedie.blind.ResidualEstimate;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.ExactPosterior;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** {@code --level-prior} and {@code --level-estimate}: what is known of a level, and made of it. */
@Section("Rows of unknown level")
final class LevelPriorOption {
  private static final String USE = "with --blind of denoise, or --sampler blind of sample";

  /** Uniform in log sigma: right for data of any dimension and any scale near 1. */
  private static final String DEFAULT = "power:1:0.01:10";

  /** How the level of a row is found. */
  enum Estimate {
    residual,
    likelihood,
    grid
  }

  @Option(
      names = "--level-prior",
      paramLabel = "T",
      description =
          "Prior on sigma for blind work with a mixture or a data set, proportional to sigma^-P: "
              + LevelPrior.FORMS
              + " (default: "
              + DEFAULT
              + "; to sample, a quarter of the last level to four times the first). LEVELS by"
              + " default 64, and more where d is large: sqrt(2 / d) apart in log sigma, 272 of the"
              + " default's at d = 3072.")
  private final Given<String> prior = Given.only(USE);

  @Option(
      names = "--level-estimate",
      paramLabel = "E",
      defaultValue = "residual",
      converter = EstimateConverter.class,
      description =
          "residual: average over --level-prior, and the level from |f(y) - y|^2 / d (default);"
              + " likelihood: the denoiser at the most likely level, by Newton's method; grid: at"
              + " the most likely of --level-prior's. A network knows residual only.")
  private final Given<Estimate> estimate = Given.only(USE);

  /**
   * The estimate of x_0 and of its level.
   *
   * @param of the rows, for messages
   * @param option that asks for it, for messages
   * @param levels where {@code --level-prior} is not given; null for its default
   * @throws InvalidInputException where a network needs a level, or no prior on levels
   */
  BlindEstimate estimate(
      PriorOption.Bound bound, PriorOption of, String option, LevelPrior levels) {
    if (!(bound.denoiser() instanceof ExactPosterior exact)) {
      return new ResidualEstimate(network(bound, of, option));
    }
    String text = prior.get();
    LevelPrior grid =
        text != null || levels == null
            ? LevelPrior.parse(text == null ? DEFAULT : text, exact.dim())
            : levels;
    if (estimate.get() == Estimate.residual) {
      return new ResidualEstimate(new ExactBlindDenoiser(exact, grid));
    }
    GridEstimator coarse = new GridEstimator(exact, grid.smallest(), grid.largest(), grid.size());
    boolean newton = estimate.get() == Estimate.likelihood;
    return new AnalyticEstimate(exact, newton ? LikelihoodEstimator.newton(coarse) : coarse);
  }

  private BlindDenoiser network(PriorOption.Bound bound, PriorOption of, String option) {
    if (prior.get() != null || estimate.get() != Estimate.residual) {
      throw new InvalidInputException(
          "%s: found beside --prior %s, a network, allowed: with a mixture, a data set or builtin:NAME"
              .formatted(
                  prior.get() != null ? "--level-prior" : "--level-estimate " + estimate.get(),
                  of));
    }
    if (bound.blind() == null) {
      throw new InvalidInputException(
          "%s: found --prior %s, allowed: a network that is not told the level"
              .formatted(option, of));
    }
    return bound.blind();
  }

  private static final class EstimateConverter implements ITypeConverter<Estimate> {
    @Override
    public Estimate convert(String text) {
      return Arrays.stream(Estimate.values())
          .filter(one -> one.name().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new InvalidInputException(
                      "found '" + text + "', allowed: residual, likelihood, grid"));
    }
  }
}
