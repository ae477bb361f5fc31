package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Sizes of arrays, computed without overflow and printed as NumPy prints them. */
final class Shape {
  private Shape() {}

  /** Number of elements; 1 for a scalar. A product beyond 2^63 is refused in the source's name. */
  static long count(String source, long[] shape) {
    boolean empty = false;
    for (long size : shape) {
      if (size < 0) {
        throw new InvalidInputException(
            source + ": shape " + text(shape) + " has a negative size; sizes are 0 or more");
      }
      empty |= size == 0;
    }
    // NumPy allows (2^40, 2^40, 0): a zero anywhere makes the array empty before anything
    // overflows.
    if (empty) {
      return 0;
    }
    try {
      long count = 1;
      for (long size : shape) {
        count = Math.multiplyExact(count, size);
      }
      return count;
    } catch (ArithmeticException e) {
      throw tooLarge(source, shape, e);
    }
  }

  /** Number of bytes, with the same refusal. */
  static long byteSize(String source, long[] shape, ElementType type) {
    try {
      return Math.multiplyExact(count(source, shape), (long) type.bytes());
    } catch (ArithmeticException e) {
      throw tooLarge(source, shape, e);
    }
  }

  /** As NumPy prints a shape: {@code ()}, {@code (3,)}, {@code (3, 4)}. */
  static String text(long... shape) {
    return Arrays.stream(shape)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "(", shape.length == 1 ? ",)" : ")"));
  }

  private static InvalidInputException tooLarge(String source, long[] shape, Throwable cause) {
    return new InvalidInputException(
        source + ": shape " + text(shape) + " is too large; its bytes must number below 2^63",
        cause);
  }
}
