package dev.tweedie.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Writes maps, lists, numbers and text as JSON (RFC 8259). */
public final class Json {
  private Json() {}

  /** Numbers that are not finite, which JSON does not have, become null. */
  public static String of(Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> text(entry.getKey().toString()) + ":" + of(entry.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      case double[] numbers -> of(Arrays.stream(numbers).boxed().toList());
      case Path path -> text(path.toString()); // an Iterable of itself
      case Iterable<?> list ->
          StreamSupport.stream(list.spliterator(), false)
              .map(Json::of)
              .collect(Collectors.joining(",", "[", "]"));
      case Double number when !Double.isFinite(number) -> "null"; // JSON has no NaN
      case Number number -> number.toString();
      case Boolean flag -> flag.toString();
      default -> text(value.toString());
    };
  }

  private static String text(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
