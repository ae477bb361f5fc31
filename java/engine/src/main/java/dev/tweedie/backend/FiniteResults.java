package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;

/** NaN and infinity never look like results: what overflowed is refused by its row. */
public final class FiniteResults {
  private FiniteResults() {}

  /**
   * Of a result that is not finite.
   *
   * @param name what the numbers are
   */
  public static InvalidInputException refused(String name, long row, Precision precision) {
    return new InvalidInputException(
        ("%s: row %d: found a result that is not finite, allowed: rows, prior and level that leave"
                + " it within the range of %s")
            .formatted(name, row, precision));
  }
}
