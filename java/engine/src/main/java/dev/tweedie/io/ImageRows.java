package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rows of images in another order of channels, or of fewer channels. Colour becomes luma, 0.299 R +
 * 0.587 G + 0.114 B of the values as they are (ITU-R BT.601); opacity is left out. Nothing is made
 * up: grey does not become colour.
 */
public final class ImageRows {
  private static final double RED = 0.299;
  private static final double BLUE = 0.114;

  private ImageRows() {}

  /** Whether {@link #convert} can make images of {@code to} channels of those of {@code from}. */
  public static boolean canConvert(int from, int to) {
    return from == to || to == 1 && from >= 2 && from <= 4 || to == 3 && from == 4;
  }

  /** What {@link #convert} does to channels, for people; empty where it keeps them. */
  public static String conversion(int from, int to) {
    if (from == to) {
      return "";
    }
    String opacity = from == 2 || from == 4 ? "opacity left out" : "";
    String grey = to == 1 && from >= 3 ? "colour made grey, 0.299 R + 0.587 G + 0.114 B" : "";
    return grey + (grey.isEmpty() || opacity.isEmpty() ? "" : ", ") + opacity;
  }

  /**
   * The same images with channels of another order or number; the rows themselves where nothing is
   * to do.
   *
   * @param arena lifetime of new rows
   * @throws InvalidInputException if the sizes differ, or the channels cannot be converted
   */
  public static Rows convert(Rows rows, ImageShape to, Arena arena) {
    ImageShape from = rows.image();
    if (from.equals(to)) {
      return rows;
    }
    if (from.height() != to.height()
        || from.width() != to.width()
        || rows.complex()
        || !canConvert(from.channels(), to.channels())) {
      throw new InvalidInputException("images: found " + from + ", allowed: " + to);
    }
    Precision precision = rows.precision();
    MemorySegment values = arena.allocate(rows.count() * to.numbers() * precision.bytes(), 64);
    double[] pixel = new double[from.channels()];
    for (long row = 0; row < rows.count(); row++) {
      for (long at = 0; at < from.pixels(); at++) {
        for (int c = 0; c < pixel.length; c++) {
          pixel[c] = get(rows.values(), precision, row * rows.dim() + from.index(c, at));
        }
        for (int c = 0; c < to.channels(); c++) {
          boolean grey = to.channels() == 1 && pixel.length >= 3;
          set(
              values,
              precision,
              row * to.numbers() + to.index(c, at),
              grey ? luma(pixel[0], pixel[1], pixel[2]) : pixel[c]);
        }
      }
    }
    return new Rows(values, precision, rows.count(), (int) to.numbers(), to);
  }

  /** Equal channels give exactly their common value. */
  private static double luma(double red, double green, double blue) {
    return green + RED * (red - green) + BLUE * (blue - green);
  }

  static double get(MemorySegment values, Precision precision, long index) {
    return precision == Precision.FLOAT32
        ? values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4)
        : values.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * 8);
  }

  private static void set(MemorySegment values, Precision precision, long index, double value) {
    if (precision == Precision.FLOAT32) {
      values.set(ValueLayout.JAVA_FLOAT_UNALIGNED, index * 4, (float) value);
    } else {
      values.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * 8, value);
    }
  }
}
