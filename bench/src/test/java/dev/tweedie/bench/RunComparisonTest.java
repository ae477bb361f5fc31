package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.cli.Benchmarks;
import dev.tweedie.cli.Benchmarks.Recorded;
import dev.tweedie.cli.Json;
import dev.tweedie.cli.JsonReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What moved between two runs, whose files are made here. */
class RunComparisonTest {
  private static final BenchCommand BENCH = new BenchCommand();

  /** A file whose times differ from a millisecond by a factor, and by noise of processes. */
  private static Map<String, Object> file(int cases, double factor, double noise, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Object> rows = new ArrayList<>();
    for (int i = 0; i < cases; i++) {
      List<Object> forks = new ArrayList<>();
      for (int fork = 0; fork < 5; fork++) {
        double ns = 1e6 * factor * Math.exp(noise * random.nextGaussian());
        forks.add(List.of(ns, 1.001 * ns, 0.999 * ns));
      }
      rows.add(row("case" + i, forks));
    }
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("processor", "P");
    machine.put("architecture", "amd64");
    machine.put("cores", 2);
    machine.put("caches", List.of());
    machine.put("memoryBytes", 17_179_869_184L);
    machine.put("virtualised", false);
    machine.put("governor", "performance");
    machine.put("java", "25");
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("format", 1);
    file.put("table", "ops");
    file.put("quick", false);
    file.put("version", "1.0");
    file.put("machine", machine);
    file.put("roofs", List.of(new LinkedHashMap<>(Map.of("roof", "fma", "gflops", 100))));
    file.put("rows", rows);
    return file;
  }

  private static Map<String, Object> row(String size, List<?> forks) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("op", "gemm");
    row.put("size", size);
    row.put("backend", "java:vector");
    row.put("numerics", "exact");
    row.put("threads", 1);
    row.put("absent", forks.isEmpty() ? "it failed" : null);
    row.put("forks", forks);
    return row;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> rows(Map<String, Object> file) {
    return (List<Object>) file.get("rows");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> machine(Map<String, Object> file) {
    return (Map<String, Object>) file.get("machine");
  }

  private static Recorded recorded(String name, Map<String, Object> file) {
    return new Recorded(name, JsonReader.parse(name, Json.of(file)));
  }

  private static Benchmarks.Report compare(Map<String, Object> before, Map<String, Object> after) {
    return BENCH.compare(recorded("old", before), recorded("new", after), false);
  }

  private static void refused(Map<String, Object> before, Map<String, Object> after, String says) {
    var refusal = assertThrows(InvalidInputException.class, () -> compare(before, after));
    assertTrue(refusal.getMessage().contains(says), refusal.getMessage());
  }

  private static long count(Benchmarks.Report report, String moved) {
    return report.table().stream().filter(row -> row.getLast().equals(moved)).count();
  }

  private static boolean says(Benchmarks.Report report, String line) {
    return report.machine().stream().anyMatch(one -> one.contains(line));
  }

  @Test
  void aRunBesideItselfHasNotMoved() {
    Map<String, Object> file = file(20, 1, .01, 1);
    Benchmarks.Report report = compare(file, file);
    assertTrue(report.met());
    assertEquals(20, count(report, ""));
    assertEquals("1.000", report.table().getFirst().get(6));
  }

  @Test
  void tenPercentAreSlowerWhereTheNoiseIsSmall() {
    Benchmarks.Report report = compare(file(20, 1, .003, 1), file(20, 1.1, .003, 2));
    assertFalse(report.met());
    assertEquals(20, count(report, "SLOWER"));
    assertTrue(says(report, "of 20 cases 20 slower, 0 faster"));
  }

  @Test
  void tenPercentMoveNothingInsideTheNoise() {
    Benchmarks.Report report = compare(file(20, 1, .2, 3), file(20, 1.1, .2, 4));
    assertTrue(report.met());
    assertEquals(20, count(report, ""));
  }

  @Test
  void whatIsFasterIsNoFailure() {
    Benchmarks.Report report = compare(file(3, 1, .003, 1), file(3, .9, .003, 2));
    assertTrue(report.met());
    assertEquals(3, count(report, "faster"));
  }

  /** Of 200 intervals of 95 % some ten leave out 1 where nothing moved. */
  @Test
  void chanceAmongManyCasesMovesNothing() {
    int out = 0;
    for (int seed = 0; seed < 10; seed++) {
      Benchmarks.Report report = compare(file(200, 1, .02, seed), file(200, 1, .02, 100 + seed));
      assertTrue(report.met(), "seed " + seed);
      for (List<String> row : report.table()) {
        String[] ends = row.get(7).split(" to ");
        out += Double.parseDouble(ends[0]) > 1 || Double.parseDouble(ends[1]) < 1 ? 1 : 0;
      }
    }
    assertTrue(out > 50 && out < 150, out + " of 2,000, by chance about 100");
  }

  @ParameterizedTest
  @CsvSource({
    "processor, Q, 'processor: P, Q'",
    "governor, powersave, 'governor: performance, powersave'",
    "memoryBytes, 4294967296, 'memory: 16 GiB, 4 GiB'",
    "cores, 4, 'cores: 2.0, 4.0'"
  })
  void anotherMachineIsRefusedUnlessItIsAskedFor(String fact, String value, String says) {
    Map<String, Object> other = file(2, 1, .01, 2);
    machine(other).put(fact, value.matches("[0-9]+") ? (Object) Long.valueOf(value) : value);
    refused(file(2, 1, .01, 1), other, says);
    Recorded old = recorded("old", file(2, 1, .01, 1));
    assertTrue(says(BENCH.compare(old, recorded("new", other), true), says));
  }

  @Test
  void anotherKernelOrJavaIsNamedAndCompared() {
    Map<String, Object> other = file(2, 1, .01, 1);
    machine(other).put("java", "26");
    assertTrue(says(compare(file(2, 1, .01, 1), other), "other java: 25, 26"));
  }

  @Test
  void theFlagOfAnotherMachineIsRefusedOnTheSameOne() {
    Recorded one = recorded("old", file(2, 1, .01, 1));
    var refusal = assertThrows(InvalidInputException.class, () -> BENCH.compare(one, one, true));
    assertTrue(refusal.getMessage().startsWith("--other-machine: found one machine"));
  }

  @Test
  void casesOfOneFileAloneAreCounted() {
    Map<String, Object> other = file(3, 1, .01, 1);
    rows(other).removeFirst();
    rows(other).add(row("another", List.of(List.of(1), List.of(1))));
    rows(other).add(row("third", List.of(List.of(1), List.of(1))));
    Benchmarks.Report report = compare(file(3, 1, .01, 1), other);
    assertTrue(report.met());
    assertEquals(2, report.table().size());
    assertTrue(says(report, "only in old: 1 cases"));
    assertTrue(says(report, "only in new: 2 cases"));
  }

  /** A kernel that has become wrong is not timed, and is no success. */
  @Test
  void aCaseThatNoLongerWorksFails() {
    Map<String, Object> other = file(3, 1, .01, 1);
    rows(other).set(1, row("case1", List.of()));
    Benchmarks.Report report = compare(file(3, 1, .01, 1), other);
    assertFalse(report.met());
    assertTrue(says(report, "LOST: gemm case1, java:vector: it failed"));
    assertTrue(compare(other, file(3, 1, .01, 1)).met());
  }

  @Test
  void oneProcessIsNotJudged() {
    Map<String, Object> other = file(2, 1, .01, 1);
    rows(other).set(0, row("case0", List.of(List.of(1e7))));
    Benchmarks.Report report = compare(file(2, 1, .01, 1), other);
    assertEquals(1, count(report, "?"));
    assertTrue(report.met());
    rows(other).set(1, row("case1", List.of(List.of(1e7))));
    refused(file(2, 1, .01, 1), other, "found no case with 2 processes or more in both");
  }

  @Test
  void aRateOfTheMachineThatMovedIsNamed() {
    Map<String, Object> other = file(2, 1, .01, 1);
    other.put("roofs", List.of(Map.of("roof", "fma", "gflops", 80)));
    assertTrue(says(compare(file(2, 1, .01, 1), other), "own rate moved: fma, threads 1, 0.80"));
  }

  @Test
  void quickRunsAndFullOnesAreNotCompared() {
    Map<String, Object> other = file(2, 1, .01, 1);
    other.put("quick", true);
    refused(file(2, 1, .01, 1), other, "found a run with --quick beside one without");
  }

  @Test
  void aDamagedFileIsRefusedWithTheField() {
    Map<String, Object> good = file(2, 1, .01, 1);
    refuse(good, "format", 2, "new: format: found 2.0");
    refuse(good, "table", "goals", "new: table: found goals");
    refuse(good, "quick", "no", "new: quick");
    refuse(good, "machine", null, "new: machine: found null, allowed: an object");
    refuse(good, "rows", Map.of(), "new: rows");
    refuse(good, "rows", List.of(3), "new: rows[0]: found 3.0, allowed: an object");
    refuse(good, "rows", List.of(Map.of("op", "gemm")), "new: rows[0]: size");
    refuse(good, "rows", List.of(row("a", List.of(List.of()))), "new: rows[0].forks[0]");
    refuse(good, "rows", List.of(row("a", List.of(List.of(1, -1)))), "new: rows[0].forks[0][1]");
    refuse(good, "rows", List.of(row("a", List.of(List.of("x")))), "nanoseconds, more than 0");
    var refusal =
        assertThrows(
            InvalidInputException.class,
            () -> BENCH.compare(recorded("old", good), new Recorded("new", List.of()), false));
    assertEquals("new: found [], allowed: an object", refusal.getMessage());
  }

  private static void refuse(Map<String, Object> good, String field, Object value, String says) {
    Map<String, Object> bad = new LinkedHashMap<>(good);
    bad.put(field, value);
    refused(good, bad, says);
  }

  @Test
  void theBaselineOfAnotherMachineIsRefusedBeforeTheRun() {
    Recorded baseline = recorded("old", file(2, 1, .01, 1));
    var refusal =
        assertThrows(
            InvalidInputException.class, () -> BENCH.checkBaseline(baseline, false, false));
    assertTrue(refusal.getMessage().contains("old and this machine: found other machines"));
    BENCH.checkBaseline(baseline, false, true);
  }

  /** What scripts read: 0 nothing slower, 1 slower, 2 files that cannot be compared. */
  @Test
  void theStatusOfTheCommandSaysIt(@TempDir Path folder) throws Exception {
    Path old = write(folder, "old.json", Json.of(file(5, 1, .003, 1)));
    Path same = write(folder, "same.json", Json.of(file(5, 1, .003, 2)));
    Path slower = write(folder, "slower.json", Json.of(file(5, 1.1, .003, 3)));
    Path cut = write(folder, "cut.json", Json.of(file(5, 1, .003, 1)).substring(0, 500));
    assertEquals("0", command("--compare", old, same).status);
    Command found = command("--compare", old, slower);
    assertEquals("1", found.status);
    assertTrue(found.said.contains("of 5 cases 5 slower"), found.said);
    found = command("--compare", old, cut);
    assertEquals("2", found.status);
    assertTrue(found.said.contains("cut.json: found the end at character 500"), found.said);
  }

  @ParameterizedTest
  @CsvSource({
    "noise, found with a family",
    "--quick, '--quick: found, which has no effect here'",
    "--json=c.json, '--json: found c.json, which has no effect here'",
    "--baseline=a.json, '--baseline: found a.json, which has no effect here'"
  })
  void whatMeansNothingToAComparisonIsRefused(String word, String says, @TempDir Path folder)
      throws Exception {
    Path file = write(folder, "a.json", Json.of(file(2, 1, .01, 1)));
    Command found = command(word, "--compare", file, file);
    assertEquals("2", found.status);
    assertTrue(found.said.contains(says), found.said);
  }

  private record Command(String status, String said) {}

  private static Path write(Path folder, String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static Command command(Object... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("dev.tweedie.cli.Main", "bench"));
    for (Object word : words) {
      command.add(word.toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Command(Integer.toString(process.waitFor()), said);
  }
}
