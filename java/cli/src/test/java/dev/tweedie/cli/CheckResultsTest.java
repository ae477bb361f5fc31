package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code check --results} judges. */
class CheckResultsTest {
  private static final String NAME = "residual/norm-B9-d103-K0-a1.0-s1.0-plain";
  private static final String LINE = "residual:kind=norm,B=9,d=103,K=0,a=1.0,s=1.0,in=plain";

  @TempDir Path folder;
  private float[] exact;

  @BeforeEach
  void exportOne() throws IOException {
    Run.of("check", "--export", folder.resolve("export").toString(), "--case", LINE).good();
    try (Arena arena = Arena.ofConfined()) {
      exact =
          Npy.read(folder.resolve("export").resolve(NAME).resolve("exact/out.npy"), arena)
              .toFloats();
    }
  }

  private Path write(String run, NdArray array) throws IOException {
    Path file = folder.resolve(run).resolve(NAME).resolve("out.npy");
    Files.createDirectories(file.getParent());
    Npy.write(file, array);
    return folder.resolve(run);
  }

  private static Run judge(Path results, String... more) {
    String[] words = {"check", "--results", results.toString()};
    String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return Run.of(all);
  }

  @Test
  void theBitsOfExactModePass() throws IOException {
    Run run = judge(write("same", NdArray.of(exact, 9, 1)), "--bits").good();
    assertTrue(run.out().startsWith("same  " + LINE), run.out());
    assertTrue(
        run.out().endsWith("1 outputs of 1 cases: 1 with the bits of exact mode, all pass\n"));
    judge(write("flat", NdArray.of(exact, 9))).good(); // (B,) in place of (B, 1)
  }

  @Test
  void anArchiveOfTheCaseIsReadToo() throws IOException {
    Path archive = folder.resolve("npz").resolve(NAME + ".npz");
    Files.createDirectories(archive.getParent());
    Npz.write(archive, Map.of("out", NdArray.of(exact, 9, 1)));
    judge(folder.resolve("npz"), "--bits").good();
  }

  @Test
  void otherBitsWithinTheBoundPassUnlessBitsAreAskedFor() throws IOException {
    exact[3] = Math.nextUp(exact[3]);
    Path results = write("near", NdArray.of(exact, 9, 1));
    Run run = judge(results).good();
    assertTrue(run.out().startsWith("ok    " + LINE), run.out());
    assertTrue(run.out().contains("1 of 9 differ"), run.out());
    assertTrue(run.out().contains("ulp        1: 1"), run.out());
    assertTrue(run.out().contains("first      [3, 0]"), run.out());
    assertTrue(run.out().contains("float32 (9, 103) [3, 0..]"), run.out());
    assertEquals(ExitStatus.INTERNAL_FAILURE, judge(results, "--bits").status());
  }

  @Test
  void whatIsBeyondTheBoundOrNoNumberFails() throws IOException {
    float right = exact[3];
    for (float wrong : new float[] {right * 1.0001f, Float.NaN, Float.POSITIVE_INFINITY}) {
      exact[3] = wrong;
      Run run = judge(write("wrong", NdArray.of(exact, 9, 1)));
      assertEquals(ExitStatus.INTERNAL_FAILURE, run.status(), run.out());
      assertTrue(run.out().startsWith("FAIL  " + LINE), run.out());
      assertTrue(run.out().contains("worst") || run.out().contains("first"), run.out());
    }
  }

  @Test
  void specialNumbersAreCounted() throws IOException {
    exact[0] = Float.NaN;
    exact[1] = Float.NEGATIVE_INFINITY;
    exact[2] = -0f;
    exact[3] = Float.MIN_VALUE;
    String out = judge(write("special", NdArray.of(exact, 9, 1))).out();
    assertTrue(out.contains("1 NaN, 1 infinite, 1 -0, 1 subnormal; exact mode: 0 NaN"), out);
    String json = judge(folder.resolve("special"), "--json").out();
    assertTrue(json.contains("\"nan\":1,\"infinite\":1,\"minusZero\":1,\"subnormal\":1"), json);
    assertTrue(json.contains("\"failures\":1"), json);
  }

  @Test
  void aSecondRunMustRepeatTheFirst() throws IOException {
    Path one = write("one", NdArray.of(exact, 9, 1));
    judge(one, "--again", one.toString()).good();
    exact[5] = Math.nextDown(exact[5]);
    Path two = write("two", NdArray.of(exact, 9, 1));
    Run run = judge(one, "--again", two.toString());
    assertEquals(ExitStatus.INTERNAL_FAILURE, run.status());
    assertTrue(run.out().contains("1 elements differ between the two runs"), run.out());
  }

  @Test
  void filesThatCannotBeJudgedAreRefusedInOneLine() throws IOException {
    judge(folder.resolve("nowhere")).refused("--results", "nowhere", "directory");
    Files.createDirectory(folder.resolve("empty"));
    judge(folder.resolve("empty")).refused("--results", "none of");
    judge(write("double", NdArray.of(new double[9], 9, 1)))
        .refused("out.npy", "float64", "float32");
    judge(write("short", NdArray.of(new float[8], 8, 1))).refused("out.npy", "[8, 1]", "[9, 1]");
    judge(write("rows", NdArray.of(new float[27], 9, 3))).refused("[9, 3]");
    Path none = folder.resolve("none");
    Files.createDirectories(none.resolve(NAME));
    judge(none).refused("residual", "out");
    Path text = write("text", NdArray.of(exact, 9, 1));
    Files.writeString(text.resolve(NAME).resolve("out.npy"), "1 2 3");
    judge(text).refused("out.npy", "magic");
    Run.of("check", "--again", text.toString()).refused("--again", "--results");
  }

  /** A case that lacks what others of the op have is broken, not a kernel that makes less. */
  @Test
  void anOutputThatOtherCasesHaveIsMissed() throws IOException {
    Path results = write("partly", NdArray.of(exact, 9, 1));
    Files.createDirectories(results.resolve("residual/norm-B9-d1-K0-a1.0-s1.0-plain"));
    Run run = judge(results);
    assertEquals(ExitStatus.BAD_INPUT, run.status(), run.out());
    assertTrue(run.err().contains("norm-B9-d1-"), run.err());
  }

  @Test
  void aPipeThatEndsEarlyIsRefused() {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh here");
    Run.of("check", "--pipe", "exp", "--program", "head -c 100")
        .refused("25 floats", "one for each");
    Run.of("check", "--pipe", "exp", "--program", "cat; echo more").refused("more than");
    Run.of("check", "--pipe", "exp", "--program", "cat; exit 3").refused("status 3");
    Run.of("check", "--pipe", "exp").refused("--program");
    Run.of("check", "--floats", "all").refused("--floats", "--pipe");
    Run.of("check", "--pipe", "tan", "--program", "cat").refused("'tan'", "cospi");
  }

  @Test
  void aPipeThatIsNotTheFunctionFails() {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh here");
    Run run = Run.of("check", "--pipe", "log", "--program", "cat");
    assertEquals(ExitStatus.INTERNAL_FAILURE, run.status(), run.err());
    assertTrue(run.fact("worst").startsWith("Infinity ulp"), run.out());
  }
}
