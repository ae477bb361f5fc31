package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.FiniteResults;

/** NaN and infinity never leave with status 0: a result that overflowed is refused by its row. */
final class FiniteOutputs {
  private FiniteOutputs() {}

  /**
   * Refuses before anything is written.
   *
   * @param name what the numbers are
   * @throws InvalidInputException where a row has NaN or infinity
   */
  static void require(String name, Samples results) {
    long row = results.firstNonFiniteRow();
    if (row >= 0) {
      throw FiniteResults.refused(name, row, results.precision());
    }
  }
}
