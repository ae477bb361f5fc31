package dev.tweedie.cli;

/** Text that goes to a terminal: what it does not print is escaped, and what is too long is cut. */
final class Printable {
  /** Of a message or a fact; file names and what others wrote may be as long as they like. */
  private static final int LONGEST = 2000;

  private Printable() {}

  /** One line: line breaks as spaces, control and format characters as {@code \}{@code uXXXX}. */
  static String line(String text) {
    StringBuilder out = new StringBuilder();
    int[] characters = text.codePoints().toArray();
    boolean space = false;
    for (int i = 0; i < characters.length; i++) {
      int c = characters[i];
      if (out.length() >= LONGEST) {
        return out + "... (%,d characters more)".formatted(characters.length - i);
      }
      boolean breaks = c == '\n' || c == '\r';
      if (breaks) {
        space = true;
        continue;
      }
      if (space && c != ' ') {
        out.append(' ');
      }
      space = false;
      if (isPlain(c)) {
        out.appendCodePoint(c);
      } else {
        for (char half : Character.toChars(c)) {
          out.append(String.format("\\u%04x", (int) half));
        }
      }
    }
    return out.toString();
  }

  /** Whether a character takes room on a line and does nothing else. */
  private static boolean isPlain(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT, // among them those that turn the direction of writing
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
