package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import java.io.Serializable;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * Names rows for messages.
 *
 * @param column with the rows
 * @param id column with their numbers; null where there is none
 */
record Place(String column, @Nullable String id) implements Serializable {
  /** Rows of a noise address. */
  static final long ROWS = 1L << 32;

  /** The number of a row, checked to be the row of a noise address. */
  long requireId(@Nullable Long found) {
    if (found == null || found < 0 || found >= ROWS) {
      throw new InvalidInputException(
          "column '%s': found %s, allowed: a whole number from 0 to %d, for the address of noise"
              .formatted(id, found == null ? "null" : found, ROWS - 1));
    }
    return found;
  }

  /**
   * @param at number of the row within its partition, for where rows have no numbers
   */
  InvalidInputException wrong(@Nullable Long number, long at, String found, String allowed) {
    String row =
        id != null
            ? id + " " + number
            : "row " + at + " of partition " + TaskContext.getPartitionId();
    return new InvalidInputException(
        "column '%s', %s: found %s, allowed: %s".formatted(column, row, found, allowed));
  }

  /** Checks one row, all but its numbers' being finite. */
  Numbers require(@Nullable Object row, @Nullable Long number, long at, int dim) {
    if (row == null) {
      throw wrongLength(-1, number, at, dim);
    }
    Numbers numbers = Numbers.of(row);
    requireLength(numbers.length(), number, at, dim);
    return numbers;
  }

  /**
   * @param length of the row, below 0 where it is null
   */
  void requireLength(int length, @Nullable Long number, long at, int dim) {
    if (length != dim) {
      throw wrongLength(length, number, at, dim);
    }
  }

  private InvalidInputException wrongLength(int length, @Nullable Long number, long at, int dim) {
    return wrong(
        number,
        at,
        length < 0 ? "null" : length + " numbers",
        "an array of " + dim + " finite numbers, the dimension of the prior");
  }

  /** Names the number that is not finite in the engine's precision. */
  InvalidInputException notFinite(Numbers row, @Nullable Long number, long at) {
    for (int j = 0; j < row.length(); j++) {
      double value = row.at(j);
      if (!Float.isFinite((float) value)) {
        return wrong(number, at, value + " at index " + j, "finite numbers of float32");
      }
    }
    throw new AssertionError("a row that was not finite is finite");
  }
}
