package dev.tweedie.restore;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import org.jspecify.annotations.Nullable;

/**
 * Rows of which some elements are known, others in each row; NaN marks those that are not. Each row
 * is a selection of its own, so that rows with different unknown elements need no batches of their
 * own and keep their numbers, which their noise follows from.
 */
public final class KnownElements implements Constraint {
  private static final long CHUNK = 1024; // rows of one copy

  private final Samples observed;
  private final int parts;
  private final long unknown;
  private final long incomplete;
  private double @Nullable [] wanted;

  private KnownElements(Samples observed, int parts, long unknown, long incomplete) {
    this.observed = observed;
    this.parts = parts;
    this.unknown = unknown;
    this.incomplete = incomplete;
  }

  /**
   * @param observed {@code B x d}, NaN where unknown; as long as the result is used
   * @param complex whether two numbers side by side are the parts of a complex one, which is
   *     unknown where one of them is: NumPy's nan has the imaginary part 0
   * @throws InvalidInputException where a row has an infinity or no known element
   */
  public static KnownElements of(Samples observed, boolean complex) {
    int parts = complex ? 2 : 1;
    int dim = observed.dim();
    long unknown = 0;
    long incomplete = 0;
    for (long begin = 0; begin < observed.rows(); begin += CHUNK) {
      long count = Math.min(CHUNK, observed.rows() - begin);
      double[] values = wanted(observed.slice(begin, count), parts);
      for (int row = 0; row < count; row++) {
        int missing = unknown(values, row * dim, dim, begin + row);
        unknown += missing;
        incomplete += missing > 0 ? 1 : 0;
      }
    }
    return new KnownElements(observed, parts, unknown, incomplete);
  }

  private static int unknown(double[] values, int at, int dim, long row) {
    int missing = 0;
    for (int j = at; j < at + dim; j++) {
      if (Double.isInfinite(values[j])) {
        throw new InvalidInputException(
            "found infinity in row " + row + ", allowed: finite numbers, and NaN for unknown ones");
      }
      missing += Double.isNaN(values[j]) ? 1 : 0;
    }
    if (missing == dim) {
      throw new InvalidInputException(
          "found no known element in row %d, allowed: 1 or more of %d".formatted(row, dim));
    }
    return missing;
  }

  /** The rows, NaN in both parts of what is unknown. */
  private static double[] wanted(Samples observed, int parts) {
    double[] values = observed.toDoubles();
    for (int i = 0; parts == 2 && i < values.length; i += 2) {
      if (Double.isNaN(values[i] + values[i + 1])) {
        values[i] = Double.NaN;
        values[i + 1] = Double.NaN;
      }
    }
    return values;
  }

  /** B. */
  public long rows() {
    return observed.rows();
  }

  /** d. */
  public int dim() {
    return observed.dim();
  }

  /** Unknown numbers of all rows of the whole; both parts of complex ones. */
  public long unknown() {
    return unknown;
  }

  /** Rows of the whole with unknown numbers. */
  public long incompleteRows() {
    return incomplete;
  }

  /** Rows {@code [begin, begin + count)} of these. */
  public KnownElements slice(long begin, long count) {
    return new KnownElements(observed.slice(begin, count), parts, unknown, incomplete);
  }

  @Override
  public void impose(Samples x) {
    if (wanted == null) {
      wanted = wanted(observed, parts);
    }
    double[] values = x.toDoubles();
    for (int i = 0; i < values.length; i++) {
      if (!Double.isNaN(wanted[i])) {
        values[i] = wanted[i];
      }
    }
    x.write(values);
  }
}
