package dev.tweedie.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Levels in order, by index, none lost and none twice. */
class ScheduleTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 10, 50, 211})
  void respacingKeepsTheNoisiestLevelAndDropsOrRepeatsNone(int levels) {
    Schedule full = Schedules.vpLinear(levels, 1e-4, .02);
    assertEquals(full, full.respace(levels), "all steps");
    for (int steps = 1; steps <= levels; steps++) {
      Schedule some = full.respace(steps);
      assertEquals(steps, some.size());
      assertSame(full.noisiest(), some.noisiest(), steps + " of " + levels);
      // Even in index: neighbours differ by floor or ceiling of levels / steps, and so does the
      // first.
      int before = -1;
      for (Level level : some.levels()) {
        int index = full.levels().indexOf(level);
        int stride = index - before;
        assertTrue(
            stride == levels / steps || stride == Math.ceilDiv(levels, steps),
            steps + " of " + levels + ": stride " + stride);
        before = index;
      }
    }
  }

  @Test
  void tenOfAThousandEndAtTheLastOfEachHundred() {
    Schedule full = Schedules.vpLinear(1000, 1e-4, .02);
    assertArrayEquals(
        new int[] {99, 199, 299, 399, 499, 599, 699, 799, 899, 999},
        full.respace(10).levels().stream().mapToInt(full.levels()::indexOf).toArray());
  }

  /** The levels that the schedulers of diffusers take, by numpy: trailing.py says how. */
  @Test
  void respacingTakesTheLevelsThatDiffusersTakes() throws IOException {
    List<String> lines;
    try (InputStream in = ScheduleTest.class.getResourceAsStream("trailing.txt")) {
      lines = new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }
    assertEquals(60, lines.size());
    for (String line : lines) {
      String[] parts = line.split(": ");
      String[] sizes = parts[0].split(" ");
      int levels = Integer.parseInt(sizes[0]);
      Schedule full =
          Schedule.ofSigmas(IntStream.rangeClosed(1, levels).asDoubleStream().toArray());
      String taken =
          full.respace(Integer.parseInt(sizes[1])).levels().stream()
              .map(level -> String.valueOf((int) level.sigma()))
              .collect(Collectors.joining(" "));
      assertEquals(parts[1], taken, parts[0]);
    }
  }

  @Test
  void belowTheCleanestLevelIsData() {
    Schedule schedule = Schedule.ofSigmas(.1, 1, 10);
    assertSame(Level.CLEAN, schedule.below(0));
    assertSame(schedule.level(1), schedule.below(2));
    assertEquals(Level.ofSigma(10), schedule.noisiest());
  }

  @Test
  void startingIndexOfTheTruncatedDenoiser() {
    Schedule schedule = Schedules.fesl(1000);
    double[] dB = {-20, -10, 0, 10, 20, 30};
    int[] expected = {953, 684, 363, 128, 35, 7};
    for (int i = 0; i < dB.length; i++) {
      assertEquals(expected[i], schedule.nearestSnrDb(dB[i]), dB[i] + " dB");
      assertEquals(expected[i], schedule.nearestSnr(Math.pow(10, dB[i] / 10)), dB[i] + " dB");
    }
  }

  @Test
  void aLevelIsNearestToItself() {
    Schedule schedule = Schedules.vpCosine(300);
    assertArrayEquals(
        IntStream.range(0, 300).toArray(),
        schedule.levels().stream().mapToInt(l -> schedule.nearestSnrDb(l.snrDb())).toArray());
  }

  @Test
  void orderIsChecked() {
    refused("strictly decreasing SNR", () -> Schedule.ofSigmas(1, 2, 2));
    refused("strictly decreasing SNR", () -> Schedule.ofSigmas(2, 1));
    // The same SNR in another scaling is not a step.
    refused("strictly decreasing SNR", () -> Schedule.ofLevels(Level.of(1, 1), Level.of(.5, .5)));
    refused("no levels", Schedule::ofSigmas);
    refused("sigma 0 at index 0", () -> Schedule.ofLevels(Level.CLEAN, Level.ofSigma(1)));
  }

  @Test
  void valuesAreChecked() {
    refused("sigma: found 0.0", () -> Schedule.ofSigmas(0, 1));
    refused("sigma: found -1.0", () -> Schedule.ofSigmas(-1));
    refused("sigma: found NaN", () -> Schedule.ofSigmas(Double.NaN));
    refused("sigma: found Infinity", () -> Schedule.ofSigmas(1, Double.POSITIVE_INFINITY));
    refused("alpha: found 0.0", () -> Level.of(0, 1));
    refused("alpha: found NaN", () -> Level.of(Double.NaN, 1));
    refused("snr: found NaN", () -> Schedule.ofSigmas(1).nearestSnrDb(Double.NaN));
  }

  @Test
  void stepsOutsideTheScheduleAreRefused() {
    Schedule schedule = Schedule.ofSigmas(1, 2, 3);
    refused("steps: found 0, allowed: 1 to 3", () -> schedule.respace(0));
    refused("steps: found 4, allowed: 1 to 3", () -> schedule.respace(4));
    refused("steps: found -1, allowed: 1 to 3", () -> schedule.respace(-1));
  }

  private static void refused(String part, Runnable call) {
    String line = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(line.contains(part) && !line.contains("\n"), line);
  }
}
