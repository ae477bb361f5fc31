package dev.tweedie.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command line's text means, and one clear line for text that means nothing. */
class ScheduleSpecTest {
  @TempDir Path folder;

  @Test
  void namesAndDefaults() {
    assertEquals(Schedules.vpLinear(1000, 1e-4, .02), ScheduleSpec.parse("vp-linear"));
    assertEquals(Schedules.vpLinear(20, 1e-4, .02), ScheduleSpec.parse("vp-linear:20"));
    assertEquals(Schedules.vpLinear(20, .01, .3), ScheduleSpec.parse("vp-linear:20:0.01:0.3"));
    assertEquals(Schedules.vpCosine(1000), ScheduleSpec.parse("vp-cosine"));
    assertEquals(Schedules.vpCosine(7), ScheduleSpec.parse("vp-cosine:7"));
    assertEquals(Schedules.fesl(300), ScheduleSpec.parse("fesl:300"));
    assertEquals(Schedules.karras(40, .01, 10, 7), ScheduleSpec.parse("karras:0.01:10"));
    assertEquals(Schedules.karras(40, .01, 10, 3), ScheduleSpec.parse("karras:0.01:10:3"));
    assertEquals(Schedules.ou(40, 5), ScheduleSpec.parse("ou"));
    assertEquals(Schedules.ou(40, 1.5), ScheduleSpec.parse("ou:1.5"));
  }

  @Test
  void stepsChooseLevelsOrMakeThem() {
    OptionalInt five = OptionalInt.of(5);
    assertEquals(Schedules.vpCosine(1000).respace(5), ScheduleSpec.parse("vp-cosine", five));
    assertEquals(Schedules.fesl(5), ScheduleSpec.parse("fesl:5", five));
    assertEquals(Schedules.karras(5, .01, 10, 7), ScheduleSpec.parse("karras:0.01:10", five));
    assertEquals(Schedules.ou(5, 5), ScheduleSpec.parse("ou", five));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vp-linear:x        | T: found \"x\", allowed: a whole number of levels",
        "vp-linear:         | T: found \"\"",
        "vp-linear:0        | levels: found 0, allowed: 1 to 1000000",
        "vp-linear:-3       | levels: found -3",
        "vp-linear:1.5      | T: found \"1.5\"",
        "vp-linear:99999999999 | T: found \"99999999999\"",
        "vp-linear:2000000000  | levels: found 2000000000",
        "vp-linear:10:0.1   | found one beta, allowed: both or none",
        "vp-linear:10:0.2:0.1 | beta: found 0.2 to 0.1, allowed: 0 < first <= last < 1",
        "vp-linear:10:0:0.1 | beta: found 0.0 to 0.1",
        "vp-linear:10:0.1:1 | beta: found 0.1 to 1.0",
        "vp-linear:10:NaN:0.1 | beta: found NaN",
        "vp-linear:10:a:0.1 | beta0: found \"a\", allowed: a number",
        "vp-linear:1:2:3:4  | found 4 arguments, allowed: vp-linear",
        "vp-cosine:0        | levels: found 0",
        "vp-cosine:1:2      | found 2 arguments",
        "fesl               | found 0 arguments",
        "fesl:7             | levels: found 7, allowed: one of [5, 10, 50, 100, 300,",
        "karras:1:0.1       | sigma: found 1.0 to 0.1, allowed: 0 < smallest < largest",
        "karras:0:1         | sigma: found 0.0 to 1.0",
        "karras:-1:1        | sigma: found -1.0 to 1.0",
        "karras:1:NaN       | sigma: found 1.0 to NaN",
        "karras:1:Infinity  | sigma: found 1.0 to Infinity",
        "karras:1           | found 1 arguments",
        "karras:1:2:0       | rho: found 0.0, allowed: a finite number > 0",
        "karras:1:2:NaN     | rho: found NaN",
        "karras:a:2         | smin: found \"a\", allowed: a number",
        "ou:0               | time: found 0.0, allowed: a finite number > 0",
        "ou:-1              | time: found -1.0",
        "ou:1:2             | found 2 arguments",
        "cosine             | schedule: found cosine, allowed: vp-linear[:T[:beta0:beta1]],"
            + " vp-cosine[:T]",
        "''                 | schedule: found , allowed: vp-linear"
      })
  void whatIsWrongIsSaidInOneLine(String spec, String part) {
    refused(part, spec, OptionalInt.empty());
  }

  @Test
  void stepsAreChecked() {
    refused("steps: found 0, allowed: at least 1", "ou", OptionalInt.of(0));
    refused("steps: found -1, allowed: at least 1", "vp-linear", OptionalInt.of(-1));
    refused("steps: found 11, allowed: 1 to 10", "vp-linear:10", OptionalInt.of(11));
    refused("levels: found 2000000", "karras:1:2", OptionalInt.of(2_000_000));
  }

  @Test
  void listOfSigmasInEitherOrder() throws IOException {
    Schedule expected = Schedule.ofSigmas(.1, 1, 10);
    assertEquals(expected, list("up.npy", NdArray.of(new double[] {.1, 1, 10}, 3)));
    assertEquals(expected, list("down.npy", NdArray.of(new double[] {10, 1, .1}, 3)));
    assertEquals(
        expected.respace(2),
        ScheduleSpec.parse("list:" + folder.resolve("up.npy"), OptionalInt.of(2)));
    // A colon belongs to the name.
    assertEquals(expected, list("a:b.npy", NdArray.of(new double[] {10, 1, .1}, 3)));
  }

  @Test
  void listOfLevels() throws IOException {
    assertEquals(
        Schedule.ofLevels(Level.of(.8, .6), Level.of(.6, .8)),
        list("pairs.npy", NdArray.of(new double[] {.8, .6, .6, .8}, 2, 2)));
  }

  /** torch and k-diffusion write float32, and a last sigma of 0, which is no level but the data. */
  @Test
  void listsAsOtherSamplersWriteThem() throws IOException {
    assertEquals(
        Schedule.ofSigmas(.3f, 1, 3, 10),
        list("torch.npy", NdArray.of(new float[] {10, 3, 1, .3f, 0}, 5)));
    assertEquals(
        Schedule.ofSigmas(.1, 1), list("zero-first.npy", NdArray.of(new double[] {0, .1, 1}, 3)));
    assertEquals(Schedule.ofSigmas(2), list("one.npy", NdArray.of(new double[] {2, 0}, 2)));
    assertEquals(
        Schedule.ofLevels(Level.of(.8, .6)),
        list("flow.npy", NdArray.of(new double[] {.8, .6, 1, 0}, 2, 2)));
  }

  @Test
  void listsAreChecked() throws IOException {
    refusedList("sigma: found 0.0", NdArray.of(new double[] {3, 0, 1}, 3));
    refusedList("0.0 at the noisy end", NdArray.of(new double[] {0, 3, 1}, 3));
    refusedList("0.0 at the noisy end", NdArray.of(new double[] {1, 3, 0}, 3));
    refusedList("sigma: found 0.0", NdArray.of(new double[] {3, 1, 0, 0}, 4));
    refusedList("sigma: found 0.0", NdArray.of(new double[] {.5, 0, .8, .6}, 2, 2));
    refusedList("no levels", NdArray.of(new double[] {0}, 1));
    refusedList("sigma: found NaN", NdArray.of(new double[] {1, Double.NaN}, 2));
    refusedList("alpha: found -1.0", NdArray.of(new double[] {-1, 2}, 1, 2));
    refusedList("strictly decreasing SNR", NdArray.of(new double[] {1, 1}, 2));
    refusedList("strictly decreasing SNR", NdArray.of(new double[] {1, 3, 2}, 3));
    refusedList("no levels", NdArray.of(new double[] {}, 0));
    refusedList("found int64 (2,), allowed: sigmas (n)", NdArray.of(new long[] {1, 2}, 2));
    refusedList(
        "found float64 (1, 3), allowed: sigmas (n)", NdArray.of(new double[] {1, 2, 3}, 1, 3));
    refused("absent.npy", "list:" + folder.resolve("absent.npy"), OptionalInt.empty());
    refused("schedule list:", "list:", OptionalInt.empty());
    refused("no file can have here", "list:a\u0000b", OptionalInt.empty()); // the fuzzer's find
    refused("schedule list", "list", OptionalInt.empty());
  }

  private Schedule list(String name, NdArray array) throws IOException {
    Npy.write(folder.resolve(name), array);
    return ScheduleSpec.parse("list:" + folder.resolve(name));
  }

  private void refusedList(String part, NdArray array) throws IOException {
    Npy.write(folder.resolve("bad.npy"), array);
    refused(part, "list:" + folder.resolve("bad.npy"), OptionalInt.empty());
  }

  private static void refused(String part, String spec, OptionalInt steps) {
    String line =
        assertThrows(InvalidInputException.class, () -> ScheduleSpec.parse(spec, steps), spec)
            .getMessage();
    assertTrue(line.contains(part) && !line.contains("\n"), line);
  }
}
