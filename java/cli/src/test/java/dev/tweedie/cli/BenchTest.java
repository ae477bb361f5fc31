package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class BenchTest {
  @Test
  void aProgramWithoutBenchmarksSaysWhereTheyAre() {
    Run.of("bench").refused("no benchmarks", "launcher");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nose                          | FAMILY: found 'nose', allowed: noise, score",
        "--goals noise                 | --goals: found with a family, --backend or --threads,"
            + " allowed: without",
        "--goals --threads 1           | --goals: found with a family, --backend or --threads,"
            + " allowed: without",
        "--goals --backend java:scalar | --goals: found with a family, --backend or --threads,"
            + " allowed: without",
        "--goals --scale               | --scale: found with --goals or a family, allowed: without",
        "--scale noise                 | --scale: found with --goals or a family, allowed: without",
        "--scale --against .           | --against: found with --goals, --scale or --plot,"
            + " allowed: without",
        "--against . --forks 1         | --forks: found 1 with --against, allowed: 2 or more",
        "--goals --plot a.png          | --plot: found with --goals, allowed: without",
        "--report a.txt                | --report: found 'a.txt', allowed: a name that ends in"
            + " .html",
        "--plot a.txt                  | --plot: found 'a.txt', allowed: a name that ends in .png"
      })
  void optionsThatContradictEachOtherAreRefused(String args, String says) {
    var refusal = assertThrows(InvalidInputException.class, () -> request(args.split(" +")));
    assertEquals(says, refusal.getMessage());
  }

  @Test
  void theOptionsBecomeTheRequest() throws IOException {
    assertEquals(
        new Benchmarks.Request(
            Benchmarks.Table.OPS,
            "noise",
            List.of("java:scalar"),
            List.of(2),
            List.of(Numerics.EXACT),
            true,
            true,
            3,
            null),
        request(
            "noise",
            "--backend=java:scalar",
            "--threads=2",
            "--numerics=exact",
            "--quick",
            "--peers",
            "--forks=3"));
  }

  /** What is kept may be compared, which takes processes enough; a look does not. */
  @Test
  void aRunThatIsKeptTakesFiveProcesses(@TempDir Path folder) throws IOException {
    String file = folder.resolve("new.json").toString();
    assertEquals(5, request("--json", file).forks());
    assertEquals(1, request("--json", file, "--quick").forks());
    assertEquals(1, request().forks());
  }

  @Test
  void whatCouldNotBeMeasuredIsNullInJson() {
    assertEquals("[1.5,null,null]", Json.of(Arrays.asList(1.5, Double.NaN, null)));
    assertEquals("[]", Json.of(List.of()));
  }

  private static Benchmarks.Request request(String... args) throws IOException {
    Bench bench = new Bench();
    new CommandLine(Options.record(CommandSpec.forAnnotatedObject(bench))).parseArgs(args);
    return bench.request(new TwoFamilies());
  }

  /** In the place of the benchmarks, which are in no program that this one can start. */
  private static final class TwoFamilies implements Benchmarks {
    @Override
    public List<String> families() {
      return List.of("noise", "score");
    }

    @Override
    public Report compare(Recorded before, Recorded after, boolean otherMachine) {
      throw new AssertionError("a request is all that is asked for");
    }

    @Override
    public String page(Recorded found) {
      throw new AssertionError("a request is all that is asked for");
    }

    @Override
    public void checkBaseline(Recorded before, boolean quick, boolean otherMachine) {}

    @Override
    public Report run(Request request, PrintWriter progress) {
      throw new AssertionError("a request is all that is asked for");
    }
  }
}
