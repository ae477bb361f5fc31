package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.lang.foreign.MemorySegment;

/**
 * Vectors from a file or for one: count x dim numbers, row-major and contiguous.
 *
 * @param values the numbers, read-only
 * @param precision their type
 * @param count number of rows
 * @param dim numbers in a row
 * @param image what each row is as an image, {@link ImageShape#UNKNOWN} where that is not known
 * @param complex whether the numbers are parts of complex ones, as {@link
 *     dev.tweedie.prior.Circular} keeps them; dim counts the parts
 */
public record Rows(
    MemorySegment values,
    Precision precision,
    long count,
    int dim,
    ImageShape image,
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
    if (image.isKnown() && image.numbers() != dim) {
      throw new InvalidInputException(
          "rows: images of %s pixels; the dimension is %d".formatted(image, dim));
    }
    values = values.asReadOnly();
  }

  /** Rows of real numbers. */
  public Rows(MemorySegment values, Precision precision, long count, int dim, ImageShape image) {
    this(values, precision, count, dim, image, false);
  }

  /** Rows of real numbers that are grey images; 0 for both sizes where unknown. */
  public Rows(
      MemorySegment values, Precision precision, long count, int dim, int height, int width) {
    this(values, precision, count, dim, ImageShape.grey(height, width));
  }

  /** Rows that are no images as far as is known. */
  public Rows(MemorySegment values, Precision precision, long count, int dim) {
    this(values, precision, count, dim, ImageShape.UNKNOWN);
  }

  /** Height of the image that each row is, or 0 where unknown. */
  public int height() {
    return image.height();
  }

  /** Width of that image, or 0 where unknown. */
  public int width() {
    return image.width();
  }

  /** The same numbers as an array of two axes, {@code count x dim}, or half of it complex. */
  public NdArray toArray() {
    return complex
        ? new NdArray(ElementType.complexOf(precision), new long[] {count, dim / 2}, values)
        : new NdArray(ElementType.of(precision), new long[] {count, dim}, values);
  }
}
