package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.ITypeConverter;

/** What options hold, from their text; a text that is none is refused with what is allowed. */
final class Converters {
  private Converters() {}

  /** A whole number of things, at least one. */
  static final class Count implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        long value = Long.parseLong(text);
        if (value >= 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Refused below, as a number that is too small.
      }
      throw new InvalidInputException("found '" + text + "', allowed: a whole number >= 1");
    }
  }

  /** As {@link Count}, of what fits an int. */
  static final class Size implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        int value = Integer.parseInt(text);
        if (value >= 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Refused below, as a number out of range.
      }
      throw new InvalidInputException(
          "found '" + text + "', allowed: a whole number >= 1 and < 2^31");
    }
  }

  /** Bytes, from a number of GiB. */
  static final class Gib implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        double bytes = Double.parseDouble(text) * (1L << 30);
        if (bytes >= 1 && bytes < Long.MAX_VALUE) {
          return (long) bytes;
        }
      } catch (NumberFormatException e) {
        // Refused below, as a number out of range.
      }
      throw new InvalidInputException(
          "found '" + text + "', allowed: a number of GiB, more than 0, as 0.5");
    }
  }

  /** Any number; what is allowed of it is checked where it is used. */
  static final class Real implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      try {
        return Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw new InvalidInputException("found '" + text + "', allowed: a number", e);
      }
    }
  }

  /** Every 64 bits, as a number with a sign or without one. */
  static final class Seed implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
      } catch (NumberFormatException e) {
        throw new InvalidInputException(
            "found '" + text + "', allowed: a whole number from -2^63 to 2^64 - 1", e);
      }
    }
  }

  /** One of a few words, which a shell may complete. */
  abstract static class Choice implements ITypeConverter<String>, Iterable<String> {
    private final List<String> words;

    Choice(String... words) {
      this.words = List.of(words);
    }

    @Override
    public String convert(String text) {
      if (words.contains(text)) {
        return text;
      }
      throw new InvalidInputException("found '" + text + "', allowed: " + String.join(", ", words));
    }

    @Override
    public Iterator<String> iterator() {
      return words.iterator();
    }
  }
}
