package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;

/**
 * Where a reverse process without a schedule begins and ends: sigmas that follow the scale of the
 * prior.
 *
 * @param start of the noise that it starts from
 * @param stop of the noise that it leaves
 */
record Spread(double start, double stop) {
  /** A network has learned pixels in [0, 1], and less noise than this. */
  static final Spread OF_A_NETWORK = new Spread(1, 0.01);

  static final String HELP =
      "four times the prior's spread sqrt(trace of its covariance), to 1/50 of the spread of one"
          + " element; for a network 1 to 0.01";

  /** Spreads from where no component is nearer than another. */
  private static final double SPREADS = 4;

  /** Of an element's standard deviation: less than any of its structure that shows. */
  private static final double LEFT = 0.02;

  /** Data of a single point have no spread: any noise will do. */
  private static final double LEAST = 1e-6;

  /** Of a prior, the posterior's covariance at a level that tells nothing; or of a network. */
  static Spread of(PriorOption.Bound bound) {
    if (bound.blind() != null || !(bound.denoiser() instanceof ExactPosterior exact)) {
      return OF_A_NETWORK;
    }
    Samples mean = exact.engine().samples(bound.mean(), 1);
    double size = 1;
    for (double element : bound.mean()) {
      size = Math.max(size, Math.abs(element));
    }
    double variance = exact.covarianceTrace(mean, Level.ofSigma(1e6 * size)).toDoubles()[0];
    double total = Math.max(Math.sqrt(variance), LEAST * size);
    return new Spread(SPREADS * total, LEFT * total / Math.sqrt(bound.dim()));
  }

  /**
   * {@code START:STOP}.
   *
   * @param option for messages
   */
  static Spread parse(String option, String text) {
    String[] words = text.split(":", -1);
    try {
      if (words.length == 2) {
        Spread spread = new Spread(Double.parseDouble(words[0]), Double.parseDouble(words[1]));
        if (spread.stop > 0 && spread.start > spread.stop && spread.start < Double.MAX_VALUE) {
          return spread;
        }
      }
    } catch (NumberFormatException e) {
      // Refused below, like any pair that is not a way down.
    }
    throw new InvalidInputException(
        "%s: found %s, allowed: START:STOP, finite numbers, START > STOP > 0"
            .formatted(option, text));
  }
}
