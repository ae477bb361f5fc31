package dev.tweedie.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The generator against the answers its authors published (see the head of the file). */
class PhiloxTest {
  private record Answer(int rounds, int[] counter, long key, int[] words) {}

  private static List<Answer> published() throws IOException {
    List<Answer> answers = new ArrayList<>();
    var in = PhiloxTest.class.getResourceAsStream("/philox4x32.txt");
    try (var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      for (String line; (line = reader.readLine()) != null; ) {
        if (!line.startsWith("#")) {
          String[] fields = line.split(" ");
          int[] hex = new int[10];
          Arrays.setAll(hex, i -> Integer.parseUnsignedInt(fields[i + 1], 16));
          long key = (long) hex[5] << 32 | hex[4] & 0xffffffffL;
          answers.add(
              new Answer(
                  Integer.parseInt(fields[0]),
                  Arrays.copyOf(hex, 4),
                  key,
                  Arrays.copyOfRange(hex, 6, 10)));
        }
      }
    }
    return answers;
  }

  @Test
  void publishedAnswers() throws IOException {
    List<Answer> answers = published();
    assertEquals(110, answers.size());
    for (Answer answer : answers) {
      int[] c = answer.counter;
      int[] words = new int[4];
      Philox.words(c[0], c[1], c[2], c[3], answer.key, answer.rounds, words);
      assertArrayEquals(
          answer.words, words, () -> answer.rounds + " rounds, " + Arrays.toString(c));
    }
  }
}
