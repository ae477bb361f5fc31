package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Intervals beside scipy's; {@code intervals.py} writes the file. */
class IntervalTest {
  private static List<String[]> lines(String kind) throws IOException {
    try (InputStream in = IntervalTest.class.getResourceAsStream("intervals.csv")) {
      List<String[]> lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(line -> line.split(","))
              .filter(fields -> fields[0].equals(kind))
              .toList();
      assertTrue(lines.size() > 3, kind);
      return lines;
    }
  }

  private static double[] numbers(String text) {
    return Stream.of(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  private static List<double[]> forks(String text) {
    return Stream.of(text.split("/")).map(IntervalTest::numbers).toList();
  }

  private static void agree(String[] line, Interval found) {
    double[] expected = Arrays.stream(line).skip(3).mapToDouble(Double::parseDouble).toArray();
    // relative: quantiles of Student's distribution are found to 1e-9
    assertEquals(1, found.ratio() / expected[0], 1e-12);
    assertEquals(1, found.low() / expected[1], 1e-8);
    assertEquals(1, found.high() / expected[2], 1e-8);
    assertEquals(1, found.p() / expected[3], 1e-8);
  }

  @Test
  void processesThatRanApart() throws IOException {
    for (String[] line : lines("welch")) {
      agree(line, Interval.welch(forks(line[1]), forks(line[2])));
    }
  }

  @Test
  void processesInTurn() throws IOException {
    for (String[] line : lines("paired")) {
      agree(line, Interval.paired(forks(line[1]), forks(line[2])));
    }
  }

  @Test
  void manyComparisonsAtOnce() throws IOException {
    for (String[] line : lines("holm")) {
      assertArrayEquals(numbers(line[2]), Interval.holm(numbers(line[1])), 1e-15);
    }
  }

  /** No division by an error of 0. */
  @Test
  void processesAllAlikeAreCertain() {
    List<double[]> some = List.of(new double[] {1, 2, 3}, new double[] {3, 2, 1});
    assertEquals(new Interval(1, 1, 1, 1), Interval.welch(some, some));
    assertEquals(new Interval(1, 1, 1, 1), Interval.paired(some, some));
    List<double[]> twice = List.of(new double[] {2, 4, 6}, new double[] {6, 4, 2});
    assertEquals(0, Interval.welch(some, twice).p());
    assertEquals(2, Interval.welch(some, twice).ratio(), 1e-15);
  }

  /** A median would move with half of the iterations only. */
  @Test
  void aDisturbedIterationChangesNothing() {
    List<double[]> quiet = List.of(new double[] {10, 11, 12}, new double[] {10, 11.1, 12});
    List<double[]> disturbed = List.of(new double[] {10, 11, 900}, new double[] {10, 11.1, 12});
    assertEquals(Interval.welch(quiet, quiet), Interval.welch(quiet, disturbed));
  }
}
