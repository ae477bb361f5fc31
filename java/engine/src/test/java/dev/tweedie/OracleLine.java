package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A line of a file of numbers that something else computed.
 *
 * @param text all of it, for messages
 * @param kind the first word
 * @param numbers of the other words, each at its word's place; the first is 0
 */
public record OracleLine(String text, String kind, double[] numbers) {
  /**
   * All lines of a resource beside a test.
   *
   * @param count of lines that must be there: a test of none cannot fail
   */
  public static List<OracleLine> of(Class<?> test, String resource, int count) throws IOException {
    try (InputStream in = test.getResourceAsStream(resource)) {
      List<OracleLine> lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(OracleLine::parse)
              .toList();
      assertEquals(count, lines.size(), resource);
      return lines;
    }
  }

  private static OracleLine parse(String text) {
    String[] words = text.split(" ");
    double[] numbers = new double[words.length];
    for (int i = 1; i < words.length; i++) {
      numbers[i] = Double.parseDouble(words[i]);
    }
    return new OracleLine(text, words[0], numbers);
  }
}
