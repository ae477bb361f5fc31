package dev.tweedie.fit;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;

/** The E-step: which component made each row, under given parameters. */
interface Expectation extends AutoCloseable {
  static Expectation of(
      RunMemory memory, FitShape shape, FitOptions options, MixtureParameters parameters) {
    return options.kind() == Kind.FULL
        ? new WhitenedExpectation(memory, shape, options, parameters)
        : new PosteriorExpectation(memory, options, parameters);
  }

  /**
   * Responsibilities of a run.
   *
   * @param responsibilities {@code B x K}, written
   * @return log-likelihood of the run, its rows as often as they count
   */
  double of(Run run, double[] responsibilities);

  /** Whether rounding has taken a covariance below its floor. */
  default boolean held() {
    return false;
  }

  @Override
  default void close() {}

  static double requireFinite(double logLikelihood, Run run, int row) {
    if (!Double.isFinite(logLikelihood)) {
      throw new InvalidInputException(
          "rows: row %d has log-likelihood %s under the mixture, allowed: rows within its reach"
              .formatted(run.first + row, logLikelihood));
    }
    return logLikelihood;
  }
}
