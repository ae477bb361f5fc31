package dev.tweedie.cli.reproduce;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * A computed number, and what it is compared with.
 *
 * @param expected NaN where there is nothing to compare with
 * @param tolerance largest absolute difference that is no deviation; NaN where none is stated
 */
public record Value(double value, double expected, double tolerance) {
  private static final int DIGITS = 5;
  private static final int DIGITS_OF_A_DIFFERENCE = 2;

  /** A number with nothing to compare it with. */
  public static Value of(double value) {
    return new Value(value, Double.NaN, Double.NaN);
  }

  /** A number beside the expected one, without a judgement. */
  public static Value beside(double value, double expected) {
    return new Value(value, expected, Double.NaN);
  }

  /** A number that must be within {@code tolerance} of the expected one. */
  public static Value within(double value, double expected, double tolerance) {
    return new Value(value, expected, tolerance);
  }

  boolean compared() {
    return !Double.isNaN(expected);
  }

  boolean judged() {
    return compared() && !Double.isNaN(tolerance);
  }

  /** Written so that a NaN is outside. */
  boolean outside() {
    return judged() && !(Math.abs(difference()) <= tolerance);
  }

  double difference() {
    return value - expected;
  }

  String shown() {
    return number(value, DIGITS);
  }

  String shownExpected() {
    return compared() ? number(expected, DIGITS) : "";
  }

  /** With a mark where it is outside the tolerance. */
  String shownDifference() {
    return compared() ? number(difference(), DIGITS_OF_A_DIFFERENCE) + (outside() ? " !" : "") : "";
  }

  private static String number(double value, int digits) {
    if (Double.isNaN(value)) {
      return "-";
    }
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits)).stripTrailingZeros();
    double size = Math.abs(value);
    return size < 1e-4 || size >= 1e6 ? rounded.toString() : rounded.toPlainString();
  }
}
