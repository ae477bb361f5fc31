package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The dictionary in a {@code .npy} header. Only the literal NumPy itself accepts is accepted:
 * exactly the keys {@code descr}, {@code fortran_order} and {@code shape}, in any order, a string,
 * a truth value and a tuple of integers. Nothing is evaluated.
 */
final class NpyLiteral {
  /** As many as NumPy allows. */
  static final int MOST_AXES = 64;

  private static final List<String> KEYS = List.of("descr", "fortran_order", "shape");

  private final String source;
  private final String text;
  private int at;

  private String descr = "";
  private boolean fortran;
  private final Set<String> seen = new HashSet<>();
  private long[] shape = {};

  private NpyLiteral(String source, String text) {
    this.source = source;
    this.text = text;
  }

  static NpyLiteral parse(String source, String text) {
    NpyLiteral literal = new NpyLiteral(source, text);
    literal.dictionary();
    return literal;
  }

  String descr() {
    return descr;
  }

  boolean fortran() {
    return fortran;
  }

  long[] shape() {
    return shape;
  }

  private void dictionary() {
    expect('{');
    while (!accept('}')) {
      String key = string();
      expect(':');
      if (!KEYS.contains(key)) {
        throw damaged("unknown key '" + key + "'");
      }
      if (!seen.add(key)) {
        throw damaged("key '" + key + "' appears twice");
      }
      switch (key) {
        case "descr" -> descr = descrString();
        case "fortran_order" -> fortran = truth();
        default -> shape = tuple();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skipSpace();
    if (at < text.length()) {
      throw damaged("text after the dictionary");
    }
    for (String key : KEYS) {
      if (!seen.contains(key)) {
        throw damaged("key '" + key + "' is missing");
      }
    }
  }

  private String descrString() {
    if (peek() == '[') {
      throw new InvalidInputException(
          source + ": structured dtype; allowed: one of " + ElementType.names());
    }
    return string();
  }

  private String string() {
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw damaged("a string is expected at character " + at);
    }
    int end = text.indexOf(quote, at + 1);
    if (end < 0) {
      throw damaged("a string without end");
    }
    String value = text.substring(at + 1, end);
    at = end + 1;
    return printable(value);
  }

  private boolean truth() {
    peek();
    for (String word : new String[] {"True", "False"}) {
      if (text.startsWith(word, at)) {
        at += word.length();
        return word.equals("True");
      }
    }
    throw damaged("fortran_order is neither True nor False");
  }

  private long[] tuple() {
    expect('(');
    long[] sizes = new long[4];
    int rank = 0;
    boolean comma = false;
    while (!accept(')')) {
      if (rank > 0 && !comma) {
        throw damaged("shape is not a tuple of integers");
      }
      if (rank == MOST_AXES) {
        throw new InvalidInputException(
            source + ": an array of more than " + MOST_AXES + " axes; allowed: at most as many");
      }
      if (rank == sizes.length) {
        sizes = Arrays.copyOf(sizes, 2 * rank);
      }
      sizes[rank++] = integer();
      comma = accept(',');
    }
    if (rank == 1 && !comma) {
      throw damaged("shape is a number, not a tuple");
    }
    return Arrays.copyOf(sizes, rank);
  }

  private long integer() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    String digits = text.substring(start, at).strip();
    if (digits.isEmpty() || digits.equals("-")) {
      throw damaged("shape is not a tuple of integers");
    }
    if (at < text.length() && text.charAt(at) == 'L') {
      at++; // Python 2 wrote long integers as 10L
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          source + ": shape has the size " + printable(digits) + "; sizes are below 2^63", e);
    }
  }

  private char peek() {
    skipSpace();
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private boolean accept(char c) {
    boolean there = peek() == c && at < text.length();
    if (there) {
      at++;
    }
    return there;
  }

  private void expect(char c) {
    if (!accept(c)) {
      throw damaged("'%c' is expected at character %d".formatted(c, at));
    }
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  // A damaged header may hold anything; the message stays one short line.
  private static String printable(String value) {
    String start = value.length() > 40 ? value.substring(0, 40) + "..." : value;
    return start.replaceAll("[^\\x20-\\x7e]", "?");
  }

  private InvalidInputException damaged(String what) {
    return new InvalidInputException(
        "%s: damaged .npy header: %s; allowed: {'descr': ..., 'fortran_order': ..., 'shape': ...}"
            .formatted(source, what));
  }
}
