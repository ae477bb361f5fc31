package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.lang.foreign.MemorySegment;

/**
 * Vectors from a file or for one: count x dim numbers, row-major and contiguous.
 *
 * @param values the numbers; read-only where they are a mapped file
 * @param precision their type
 * @param count number of rows
 * @param dim numbers in a row
 * @param height height of the image each row is, or 0 where unknown
 * @param width width of that image, or 0 where unknown
 * @param complex whether the numbers are parts of complex ones, as {@link
 *     dev.tweedie.prior.Circular} keeps them; dim counts the parts
 */
public record Rows(
    MemorySegment values,
    Precision precision,
    long count,
    int dim,
    int height,
    int width,
    boolean complex) {
  /**
   * @throws InvalidInputException if the sizes do not match
   */
  public Rows {
    long rowBytes = dim * precision.bytes();
    if (dim < 1 || values.byteSize() % rowBytes != 0 || values.byteSize() / rowBytes != count) {
      throw new InvalidInputException(
          "rows: %d bytes; %d rows of dimension %d need %d each, and the dimension is 1 or more"
              .formatted(values.byteSize(), count, dim, rowBytes));
    }
    if (complex && dim % 2 != 0) {
      throw new InvalidInputException(
          "complex rows: found %d real numbers in a row, allowed: an even number, two parts each"
              .formatted(dim));
    }
    if ((height != 0 || width != 0) && (height < 1 || (long) height * width != dim)) {
      throw new InvalidInputException(
          "rows: images of %d x %d pixels; the dimension is %d".formatted(height, width, dim));
    }
  }

  /** Rows of real numbers. */
  public Rows(
      MemorySegment values, Precision precision, long count, int dim, int height, int width) {
    this(values, precision, count, dim, height, width, false);
  }

  /** Rows that are no images as far as is known. */
  public Rows(MemorySegment values, Precision precision, long count, int dim) {
    this(values, precision, count, dim, 0, 0);
  }

  /** Whether height and width are known. */
  public boolean isImage() {
    return height > 0;
  }

  /** The same numbers as an array of two axes, {@code count x dim}, or half of it complex. */
  public NdArray toArray() {
    return complex
        ? new NdArray(ElementType.complexOf(precision), new long[] {count, dim / 2}, values)
        : new NdArray(ElementType.of(precision), new long[] {count, dim}, values);
  }
}
