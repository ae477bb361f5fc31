package dev.tweedie.fit;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;

/** The E-step: which component made each row, under given parameters. */
interface Expectation {
  static Expectation of(FitData data, FitOptions options) {
    return options.kind() == Kind.FULL
        ? new WhitenedExpectation(data, options)
        : new PosteriorExpectation(data, options);
  }

  /** Makes ready for rows under {@code parameters}. */
  void begin(MixtureParameters parameters);

  /** Frees what {@link #begin} made. */
  default void end() {}

  /**
   * Responsibilities of a chunk.
   *
   * @param rows {@code B x d}
   * @param x the same numbers
   * @param first number of the first row, for messages
   * @param responsibilities {@code B x K}, written
   * @return log-likelihood of the chunk
   */
  double of(Samples rows, double[] x, int first, double[] responsibilities);

  static double requireFinite(double logLikelihood, int row) {
    if (!Double.isFinite(logLikelihood)) {
      throw new InvalidInputException(
          "rows: row %d has log-likelihood %s under the mixture, allowed: rows within its reach"
              .formatted(row, logLikelihood));
    }
    return logLikelihood;
  }
}
