package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON (RFC 8259) as maps, lists, text, {@code Double}, {@code Boolean} and null: what {@link
 * Json} writes, with every number as float64.
 */
public final class JsonReader {
  /** A deeper nest is no file of ours, and would end in a stack overflow. */
  private static final int DEPTH = 100;

  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{4}");

  private final String source;
  private final String text;
  private int at;

  private JsonReader(String source, String text) {
    this.source = source;
    this.text = text;
  }

  /**
   * The one value of a text.
   *
   * @param source what the text is of, for messages
   * @throws InvalidInputException where it is no JSON
   */
  public static Object parse(String source, String text) {
    JsonReader reader = new JsonReader(source, text);
    Object value = reader.value(0);
    reader.space();
    if (reader.at < text.length()) {
      throw reader.bad("the end");
    }
    return value;
  }

  private Object value(int depth) {
    space();
    if (depth > DEPTH) {
      throw bad("at most " + DEPTH + " values within each other");
    }
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> list(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object(int depth) {
    Map<String, Object> map = new LinkedHashMap<>();
    at++;
    space();
    if (taken('}')) {
      return map;
    }
    do {
      space();
      String name = string();
      space();
      expect(':');
      Object value = value(depth + 1);
      if (map.containsKey(name)) {
        throw bad("'" + name + "' once");
      }
      map.put(name, value);
      space();
    } while (taken(','));
    expect('}');
    return map;
  }

  private List<Object> list(int depth) {
    List<Object> list = new ArrayList<>();
    at++;
    space();
    if (taken(']')) {
      return list;
    }
    do {
      list.add(value(depth + 1));
      space();
    } while (taken(','));
    expect(']');
    return list;
  }

  private String string() {
    expect('"');
    StringBuilder out = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at++);
      if (c < ' ') {
        at--;
        throw bad("no control character in a text");
      }
      out.append(c == '\\' ? escaped() : c);
    }
    at++;
    return out.toString();
  }

  private char escaped() {
    char c = peek();
    int plain = "\"\\/".indexOf(c);
    int control = "bfnrt".indexOf(c);
    if (plain < 0 && control < 0 && c != 'u') {
      throw bad("an escape of JSON");
    }
    at++;
    if (c != 'u') {
      return plain >= 0 ? c : "\b\f\n\r\t".charAt(control);
    }
    Matcher hex = HEX.matcher(text).region(at, Math.min(at + 4, text.length()));
    if (!hex.matches()) {
      throw bad("four hexadecimal digits");
    }
    at += 4;
    return (char) Integer.parseInt(hex.group(), 16);
  }

  private Double number() {
    Matcher number = NUMBER.matcher(text).region(at, text.length());
    if (!number.lookingAt()) {
      throw bad("a value");
    }
    at = number.end();
    return Double.valueOf(number.group());
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw bad("a value");
    }
    at += word.length();
    return value;
  }

  private void space() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw bad("more: the text is cut off");
    }
    return text.charAt(at);
  }

  private boolean taken(char c) {
    boolean found = at < text.length() && text.charAt(at) == c;
    at += found ? 1 : 0;
    return found;
  }

  private void expect(char c) {
    if (!taken(c)) {
      throw bad("'" + c + "'");
    }
  }

  private InvalidInputException bad(String allowed) {
    String found =
        at >= text.length()
            ? "the end"
            : "'" + text.substring(at, Math.min(at + 20, text.length())) + "'";
    return new InvalidInputException(
        "%s: found %s at character %d, allowed: JSON, here %s"
            .formatted(source, found, at, allowed));
  }
}
