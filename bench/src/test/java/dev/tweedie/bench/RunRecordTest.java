package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.Numerics;
import dev.tweedie.cli.Benchmarks;
import dev.tweedie.cli.Benchmarks.Table;
import dev.tweedie.cli.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of a run, by times that are given instead of taken. */
class RunRecordTest {
  private static final Path SCRIPT =
      Path.of("../java/cli/src/test/resources/dev/tweedie/cli/cross/schema.py");
  private static final Path SCHEMA =
      Path.of("src/main/resources/dev/tweedie/bench", RunRecord.SCHEMA);

  @TempDir Path folder;

  /** Of each process two iterations: its number and ten times that. */
  private static final class Given extends Timings {
    final List<Case> order = new ArrayList<>();
    private final Map<Case, Integer> taken = new LinkedHashMap<>();

    Given() {
      super(true, new PrintWriter(Writer.nullWriter()));
    }

    @Override
    Timing run(Case what, boolean heap) {
      order.add(what);
      if (what.threads() == 7) {
        return new Timing(Double.NaN, Double.NaN, "no seven threads");
      }
      int number = taken.merge(what, 1, Integer::sum);
      return Timing.of(List.of(new double[] {number, 10 * number}), Double.NaN);
    }

    @Override
    double skipped(Case what) {
      return Double.NaN; // runs an engine
    }

    @Override
    Timing manyEngines(Case what, int engines) {
      return run(what, false);
    }

    @Override
    Pair inTurn(Case one, Case other) {
      return new Pair(run(one, false), run(other, false));
    }
  }

  private static Benchmarks.Report report(List<Integer> threads) {
    Benchmarks.Request request =
        new Benchmarks.Request(
            Table.OPS,
            "gemm",
            List.of("java:scalar"),
            threads,
            List.of(Numerics.EXACT),
            true,
            false,
            3,
            null);
    return BenchCommand.ops(request, new Given(), RunRecord.begun(Table.OPS, true));
  }

  private static Map<String, Object> file(Benchmarks.Report report) {
    Map<String, Object> file = new LinkedHashMap<>(report.facts());
    file.put("rows", report.rows());
    return file;
  }

  @Test
  void everyIterationIsKeptByItsProcess() {
    Map<String, Object> row = report(List.of(1)).rows().getFirst();
    List<?> forks = (List<?>) row.get("forks");
    assertEquals(3, forks.size());
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(new double[] {i + 1, 10 * (i + 1)}, (double[]) forks.get(i));
    }
    assertEquals(11.0, row.get("ns")); // median of 5.5, 11 and 16.5
    assertNull(row.get("absent"));
  }

  /** What drifts would else look like a difference between cases, and between runs. */
  @Test
  void processesOfACaseDoNotFollowEachOther() {
    Given given = new Given();
    Case one = Case.of("gemm", "64x64x64", "java:scalar", 1);
    Case absent = one.threads(7);
    Case other = one.threads(2);
    given.inRounds(List.of(one, absent, other), 3);
    assertEquals(List.of(one, absent, other, one, other, one, other), given.order);
    assertEquals("no seven threads", given.time(absent).reason());
    assertEquals(List.of(), given.time(absent).forks());
  }

  /** Each once, however many back ends of ours have the same work. */
  @Test
  void peersStandBesideOurs() {
    Case scalar = Case.of("gemm", "64x64x64", "java:scalar", 1);
    Case vector = scalar.on("java:vector");
    Case mean = Case.of("evaluate", "full:64x16x8", "java:scalar", 1);
    assertEquals(
        List.of(
            scalar,
            scalar.by("oneMKL"),
            vector,
            mean,
            mean.by("java loops"),
            mean.by("EJML"),
            mean.by("Smile"),
            mean.by("MLlib"),
            mean.by("libtorch"),
            mean.by("numpy"),
            mean.by("scikit-learn")),
        BenchCommand.withPeers(List.of(scalar, vector, mean), true));
    assertEquals(List.of(scalar, mean), BenchCommand.withPeers(List.of(scalar, mean), false));
  }

  @Test
  void theMachineAndTheRoofsAreKept() {
    Map<String, Object> facts = report(List.of(1, 2)).facts();
    assertEquals(1, facts.get("format"));
    List<?> roofs = (List<?>) facts.get("roofs");
    assertEquals(2 * (1 + Roofs.TRIADS.length + 1) + 1, roofs.size());
    Map<?, ?> machine = (Map<?, ?>) facts.get("machine");
    assertEquals(Runtime.getRuntime().availableProcessors(), machine.get("cores"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ops", "goals", "scale", "absent"})
  void everyTableIsWhatTheSchemaSays(String table) throws Exception {
    Benchmarks.Report report =
        switch (table) {
          case "goals" ->
              new Goals(
                      new Given(),
                      "java:scalar",
                      _ -> {
                        throw new IllegalStateException("no launcher");
                      })
                  .report(List.of(), RunRecord.begun(Table.GOALS, false));
          case "scale" ->
              new Scale(new Given(), "java:scalar", 1)
                  .report(List.of(), RunRecord.begun(Table.SCALE, false));
          case "absent" -> report(List.of(7));
          default -> report(List.of(1, 2));
        };
    assertEquals("", schema(file(report)));
  }

  /** The schema must be able to fail. */
  @Test
  void whatTheSchemaDoesNotSayIsFound() throws Exception {
    Map<String, Object> file = file(report(List.of(1)));
    file.put("format", 2);
    assertTrue(schema(file).contains("format"));
    file.put("format", 1);
    file.remove("machine");
    assertTrue(schema(file).contains("machine"));
    file = file(report(List.of(1)));
    file.put("rows", List.of(Map.of("forks", List.of(List.of("fast")))));
    assertTrue(schema(file).contains("forks"));
  }

  /** What is wrong, or nothing. */
  private String schema(Map<String, Object> file) throws IOException, InterruptedException {
    Path written = folder.resolve("run.json");
    Files.writeString(written, Json.of(file));
    Process python;
    try {
      python =
          new ProcessBuilder("python3", SCRIPT.toString(), written.toString(), SCHEMA.toString())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "there is no python3 here");
      throw e;
    }
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return python.waitFor() == 0 ? "" : said.isEmpty() ? "failed in silence" : said;
  }

  @Test
  void theMachineIsReadAsLinuxTellsIt() throws IOException {
    Path cpu = folder.resolve("sys/devices/system/cpu/cpu0");
    text(cpu.resolve("cpufreq/scaling_governor"), "performance\n");
    text(cpu.resolve("cpufreq/cpuinfo_max_freq"), "3500000\n");
    text(cpu.resolve("cache/index0/level"), "1\n");
    text(cpu.resolve("cache/index0/type"), "Data\n");
    text(cpu.resolve("cache/index0/size"), "48K\n");
    text(cpu.resolve("cache/index0/shared_cpu_list"), "0,64\n");
    text(folder.resolve("proc/meminfo"), "MemTotal:       16384 kB\nMemFree: 1 kB\n");
    text(folder.resolve("proc/cpuinfo"), "flags\t\t: fpu avx2 hypervisor\ncpu MHz\t: 2596.1\n");
    Map<String, Object> facts = new Host(folder).facts();
    assertEquals("performance", facts.get("governor"));
    assertEquals(16384L << 10, facts.get("memoryBytes"));
    assertEquals(true, facts.get("virtualised"));
    Map<?, ?> cache = (Map<?, ?>) ((List<?>) facts.get("caches")).getFirst();
    assertEquals(48L << 10, cache.get("bytes"));
    assertEquals("0,64", cache.get("cores"));
    Map<?, ?> megahertz = (Map<?, ?>) facts.get("megahertz");
    assertEquals(2596.1, megahertz.get("now"));
    assertEquals(3500.0, megahertz.get("most"));
    assertNull(megahertz.get("least"));
  }

  /** Another system, which has no such files. */
  @Test
  void whatASystemDoesNotTellIsNull() {
    Map<String, Object> facts = new Host(folder).facts();
    for (String name : List.of("governor", "memoryBytes", "virtualised")) {
      assertNull(facts.get(name), name);
    }
    assertEquals(List.of(), facts.get("caches"));
  }

  private static void text(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void aCommitIsOfTheTreeAndSaysWhetherFilesDiffer() throws Exception {
    Path tree = Files.createDirectories(folder.resolve("tree"));
    assertNull(Build.commit(tree));
    for (String line :
        List.of(
            "init -q",
            "add a",
            "-c user.name=a -c user.email=a@b.c -c commit.gpgsign=false commit -qm a")) {
      Files.writeString(tree.resolve("a"), "1");
      List<String> command = new ArrayList<>(List.of("git", "-C", tree.toString()));
      command.addAll(List.of(line.split(" ")));
      try {
        assumeTrue(new ProcessBuilder(command).start().waitFor() == 0, "git cannot commit here");
      } catch (IOException e) {
        assumeTrue(false, "there is no git here");
      }
    }
    String clean = Build.commit(tree);
    assertTrue(clean.matches("[0-9a-f]{40,64}"), clean);
    Files.writeString(tree.resolve("a"), "2");
    assertEquals(clean + "-modified", Build.commit(tree));
  }
}
