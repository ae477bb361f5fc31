package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
  private static Object read(String text) {
    return JsonReader.parse("a.json", text);
  }

  @Test
  void everyKindOfValueIsRead() {
    List<Object> list = new ArrayList<>(Arrays.asList(1.0, -2.5e-3, true, false, null, "x"));
    assertEquals(
        Map.of("a", list, "b", Map.of(), "c", List.of()),
        read(" {\"a\": [1, -2.5e-3, true, false, null, \"x\"],\n\"b\":{ }, \"c\" :[ ]} "));
    assertEquals(
        "\"\\/\b\f\n\r\té\uD83D\uDE00",
        read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\uDE00\""));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    Object value =
        Map.of("text", "a\"\\\u0001\nb", "numbers", List.of(0.1, 1e300, 4.9e-324), "no", false);
    assertEquals(value, read(Json.of(value)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[1",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "\"\n\"",
        "01",
        "1.",
        ".5",
        "+1",
        "NaN",
        "nul",
        "1 1",
        "{\"a\":1,\"a\":2}",
        "'a'",
        "\"\\"
      })
  void whatIsNoJsonIsRefusedByOneLine(String text) {
    var refusal = assertThrows(InvalidInputException.class, () -> read(text));
    assertTrue(refusal.getMessage().startsWith("a.json: found "), refusal.getMessage());
  }

  /** A million of them would end in a stack overflow. */
  @Test
  void aDeepNestIsRefused() {
    assertThrows(InvalidInputException.class, () -> read("[".repeat(1_000_000)));
    read("[".repeat(50) + "]".repeat(50));
  }
}
