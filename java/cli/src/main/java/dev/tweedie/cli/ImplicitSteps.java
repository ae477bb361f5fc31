package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.restore.ImplicitPriorSampler.Steps;
import java.util.Arrays;

/** Steps of the sampler that draws from a denoiser's implicit prior, and where it begins. */
final class ImplicitSteps {
  private static final String NAME = "implicit";

  /** The centre of pixels in [0, 1]. */
  private static final double GREY = 0.5;

  private ImplicitSteps() {}

  /**
   * {@code implicit[:H0[:BETA]]}; the published sizes where they are not given.
   *
   * @param option for messages
   * @param spread where it begins and ends
   */
  static Steps parse(String option, String text, Spread spread) {
    String[] words = text.split(":", -1);
    if (!words[0].equals(NAME)) {
      throw refused(option, text);
    }
    Steps published = Steps.PUBLISHED;
    try {
      double first = words.length > 1 ? Double.parseDouble(words[1]) : published.first();
      double beta = words.length > 2 ? Double.parseDouble(words[2]) : published.beta();
      if (words.length <= 3) {
        return new Steps(first, beta, spread.start(), spread.stop());
      }
    } catch (NumberFormatException e) {
      // Refused below, as words too many.
    }
    throw refused(option, text);
  }

  private static InvalidInputException refused(String option, String text) {
    return new InvalidInputException(
        "%s: found %s, allowed: %s[:H0[:BETA]], numbers".formatted(option, text, NAME));
  }

  /** Where the first rows lie: around the prior's mean, or grey for a network. */
  static double[] mean(PriorOption.Bound bound) {
    if (bound.mean() != null) {
      return bound.mean();
    }
    double[] grey = new double[bound.dim()];
    Arrays.fill(grey, GREY);
    return grey;
  }
}
