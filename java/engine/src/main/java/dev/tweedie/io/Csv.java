package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tables of numbers as text: a row a line, numbers apart by commas, semicolons, tabs or spaces, as
 * the first row has them. A first line of names and lines that begin with # are left out.
 */
final class Csv {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?|[+-]?(?i:nan|inf(inity)?)");
  private static final int LOOKED_AT = 4096;
  private static final int LONGEST_WORD = 40;
  private static final int LINE = 1 << 24;

  private final String source;
  private final MemorySegment bytes;
  private double[] numbers = new double[1024];
  private int count;
  private int columns; // 0 before the first row
  private @Nullable Pattern separator;
  private long at;
  private long line;
  private boolean named;

  private Csv(String source, MemorySegment bytes) {
    this.source = source;
    this.bytes = bytes;
  }

  /** Whether a content is text whose first or second line holds a number. */
  static boolean isText(MemorySegment bytes) {
    int size = (int) Math.min(LOOKED_AT, bytes.byteSize());
    byte[] start = bytes.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
    for (byte letter : start) {
      if (letter < 0x20 && letter != '\n' && letter != '\r' && letter != '\t') {
        return false; // also what is not ASCII, whose bytes are negative
      }
    }
    return new String(start, StandardCharsets.US_ASCII)
        .lines()
        .filter(text -> !isAside(text))
        .limit(2)
        .anyMatch(
            text -> NUMBER.matcher(plain(separatorOf(text).split(text.strip(), -1)[0])).matches());
  }

  /**
   * @param array rows of float64
   * @param named whether a line of names was left out
   */
  record Table(NdArray array, boolean named) {}

  /**
   * @throws InvalidInputException with the line that has another length, or no numbers
   */
  static Table parse(String source, MemorySegment bytes) {
    return new Csv(source, bytes).table();
  }

  private Table table() {
    while (at < bytes.byteSize()) {
      String text = nextLine();
      if (!isAside(text)) {
        row(text);
      }
    }
    long rows = columns == 0 ? 0 : count / columns;
    return new Table(NdArray.of(Arrays.copyOf(numbers, count), rows, columns), named);
  }

  private static boolean isAside(String text) {
    return text.isBlank() || text.stripLeading().startsWith("#");
  }

  private String nextLine() {
    long start = at;
    while (at < bytes.byteSize() && bytes.get(ValueLayout.JAVA_BYTE, at) != '\n') {
      at++;
    }
    line++;
    if (at - start > LINE) {
      throw refused("a line of %d bytes; allowed: at most %d".formatted(at - start, LINE));
    }
    byte[] text = bytes.asSlice(start, at - start).toArray(ValueLayout.JAVA_BYTE);
    at++;
    return new String(text, StandardCharsets.UTF_8);
  }

  private void row(String text) {
    if (separator == null) {
      separator = separatorOf(text);
    }
    String[] words = separator.split(text.strip(), -1);
    if (columns == 0 && !named && Arrays.stream(words).noneMatch(Csv::isNumber)) {
      named = true; // the first line, of names
      columns = words.length;
      return;
    }
    if (columns == 0) {
      columns = words.length;
    }
    if (words.length != columns) {
      throw refused(
          "found %d numbers; allowed: %d, as in the first line".formatted(words.length, columns));
    }
    Memory.requireHeap(source, 2L * Double.BYTES * columns);
    if (count > NdArray.MAX_JAVA_LENGTH - columns) {
      throw refused("more than 2^31 - 9 numbers");
    }
    if (count + columns > numbers.length) {
      long wanted = Math.min(NdArray.MAX_JAVA_LENGTH, 2L * (count + columns));
      Memory.requireHeap(source, Double.BYTES * wanted);
      numbers = Arrays.copyOf(numbers, (int) wanted);
    }
    for (int i = 0; i < columns; i++) {
      numbers[count++] = number(words[i], i);
    }
  }

  private double number(String word, int column) {
    String plain = plain(word);
    if (!NUMBER.matcher(plain).matches()) {
      throw refused(
          "found '%s' in column %d (from 0); allowed: numbers".formatted(printable(plain), column));
    }
    return switch (Character.toLowerCase(plain.charAt(plain.length() - 1))) {
      case 'n' -> Double.NaN;
      case 'f', 'y' -> plain.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      default -> Double.parseDouble(plain);
    };
  }

  private static boolean isNumber(String word) {
    return NUMBER.matcher(plain(word)).matches();
  }

  /** Without spaces and the quotes that spreadsheets put around. */
  private static String plain(String word) {
    String bare = word.strip();
    boolean quoted = bare.length() > 1 && bare.startsWith("\"") && bare.endsWith("\"");
    return quoted ? bare.substring(1, bare.length() - 1).strip() : bare;
  }

  private static Pattern separatorOf(String text) {
    for (String letter : new String[] {",", ";", "\t"}) {
      if (text.contains(letter)) {
        return Pattern.compile(letter);
      }
    }
    return Pattern.compile(" +");
  }

  private static String printable(String word) {
    String start = word.length() > LONGEST_WORD ? word.substring(0, LONGEST_WORD) + "..." : word;
    return start.replaceAll("[^\\x20-\\x7e]", "?");
  }

  private InvalidInputException refused(String what) {
    return new InvalidInputException("%s: line %d: %s".formatted(source, line, what));
  }
}
