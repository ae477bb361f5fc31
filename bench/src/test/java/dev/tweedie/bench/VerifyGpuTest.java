package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That {@code verify-gpu.sh} cannot pass by accident, beside a launcher that says what a test
 * wants: a part that fails, hangs or never ran must show in the status and in results.md.
 */
class VerifyGpuTest {
  private static final Path SCRIPT = Path.of("..", "dist", "verify-gpu.sh").toAbsolutePath();

  /** Says and does what variables tell it, by subcommand. */
  private static final String LAUNCHER =
      """
      #!/bin/sh
      case "$*" in
        info*) [ -z "${NO_DEVICE:-}" ] || { echo "cuda: no driver" >&2; exit 2; } ;;
        *fast*) [ -z "${NO_BLAS:-}" ] || { echo "cuda: no cuBLAS" >&2; exit 2; }
                [ -n "${SILENT:-}" ] || echo "ok    cuda:0 fast" ;;
        check*) [ -z "${HANGS:-}" ] || sleep 60
                [ -z "${WRONG:-}" ] || { echo "FAIL  cuda:0 evaluate"; seq 40; exit 1; }
                echo "ok    cuda:0 $LD_LIBRARY_PATH" ;;
        bench*) [ -z "${DISAGREES:-}" ] || { echo "DISAGREES: element 7"; seq 200; exit 1; } ;;
      esac
      """;

  @TempDir Path folder;
  private Path bundle;

  private record Run(int status, String output, String results) {}

  @BeforeEach
  void makeBundle() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh");
    assumeTrue(Files.isRegularFile(SCRIPT), "needs the source tree");
    bundle = Files.createDirectories(folder.resolve("a bundle"));
    Files.createDirectories(bundle.resolve("runtime"));
    Files.copy(SCRIPT, bundle.resolve("verify-gpu.sh"));
    program(bundle.resolve("tweedie"), LAUNCHER);
    Path programs = Files.createDirectories(folder.resolve("programs"));
    program(
        programs.resolve("python3"),
        "#!/bin/sh\n[ -z \"${WHEEL:-}\" ] || echo \"$WHEEL\"\nexit 1\n");
    program(
        programs.resolve("compute-sanitizer"),
        "#!/bin/sh\necho \"$2\"\n[ \"$2\" != \"${BAD_TOOL:-}\" ]\n");
  }

  private static void program(Path path, String text) throws IOException {
    Files.writeString(path, text);
    assertTrue(path.toFile().setExecutable(true));
  }

  private Run run(Map<String, String> said, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("sh", bundle.resolve("verify-gpu.sh").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", folder.resolve("programs") + ":/usr/bin:/bin");
    builder.environment().putAll(said);
    builder.redirectErrorStream(true);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Path results = folder.resolve("gpu-results").resolve("results.md");
    return new Run(
        process.waitFor(), output, Files.exists(results) ? Files.readString(results) : "");
  }

  @Test
  void withoutADeviceNothingIsVerifiedAndNothingWritten() throws Exception {
    Run run = run(Map.of("NO_DEVICE", "1"));
    assertEquals(2, run.status);
    assertEquals("nothing is verified: cuda: no driver\n", run.output);
    assertEquals("", run.results);
  }

  @Test
  void partsThatAllPassPass() throws Exception {
    Run run = run(Map.of(), "info", "check", "fast", "bench", "memcheck", "synccheck");
    assertEquals(0, run.status, run.output);
    assertTrue(run.results.contains("## synccheck: status 0"), run.results);
    assertTrue(run.results.endsWith("all parts pass: info check fast bench memcheck synccheck\n"));
  }

  @Test
  void whatIsSkippedIsNamedAndHasAStatusOfItsOwn() throws Exception {
    Run run = run(Map.of("NO_BLAS", "1"), "check", "fast", "pytorch");
    assertEquals(3, run.status, run.output);
    assertTrue(run.results.contains("## fast: skipped\n\n```\ncuda: no cuBLAS"), run.results);
    assertTrue(run.results.endsWith("nothing fails, but skipped: fast pytorch\n"), run.results);
  }

  @Test
  void aFastModeThatRanNothingFails() throws Exception {
    assertEquals(1, run(Map.of("SILENT", "1"), "fast").status);
  }

  @Test
  void everyFailingLineReachesTheResults() throws Exception {
    Run run = run(Map.of("WRONG", "1", "DISAGREES", "1"), "check", "bench");
    assertEquals(1, run.status);
    assertTrue(run.results.contains("FAIL  cuda:0 evaluate"), run.results);
    assertTrue(run.results.contains("DISAGREES: element 7"), run.results);
    assertTrue(run.results.endsWith("FAILED: check bench\n"), run.results);
  }

  @Test
  void aPartThatHangsIsStoppedAndTheNextOneRuns() throws Exception {
    Run run = run(Map.of("HANGS", "1"), "-t", "1", "check", "bench");
    assertEquals(1, run.status);
    assertTrue(run.results.contains("## check: stopped after 1 s"), run.results);
    // under load a second may be too little for it too
    assertTrue(run.results.contains("## bench: "), run.results);
  }

  @Test
  void aFindingOfTheSanitizerFails() throws Exception {
    Run run = run(Map.of("BAD_TOOL", "racecheck"), "memcheck", "racecheck", "initcheck");
    assertEquals(1, run.status);
    assertTrue(run.results.endsWith("FAILED: racecheck\n"), run.results);
  }

  @Test
  void cuBlasIsFoundWherePythonKeepsIt() throws Exception {
    run(Map.of("WHEEL", "/wheels/nvidia/cu13/lib"), "check");
    String said = Files.readString(folder.resolve("gpu-results").resolve("check.txt"));
    assertEquals("ok    cuda:0 /wheels/nvidia/cu13/lib\n", said);
  }

  @Test
  void unknownPartsAndOptionsAreRefusedBeforeAnythingRuns() throws Exception {
    for (String[] wrong : new String[][] {{"chek"}, {"-t", "soon"}, {"-x"}}) {
      Run run = run(Map.of(), wrong);
      assertEquals(2, run.status);
      assertTrue(run.output.contains("allowed"), run.output);
      assertFalse(Files.exists(folder.resolve("gpu-results")));
    }
  }
}
