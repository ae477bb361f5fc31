package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The three lines of the README in a long-running program, which closes nothing. */
class LeakTest {
  private static final int CALLS = 100_000;
  private static final int ROWS = 128;
  private static final int DIM = 16;

  /**
   * MiB: heap, code, 256 of samples and 256 of cache; what leaks would be 1,560 beside the heap.
   */
  private static final long MOST = 1100;

  @Test
  void aHundredThousandCallsKeepTheResidentSize() throws Exception {
    Path status = Path.of("/proc/self/status");
    Assumptions.assumeTrue(Files.exists(status), "no /proc/self/status to read the size from");
    String path =
        Stream.of("java.class.path", "jdk.module.path")
                .map(System::getProperty)
                .filter(each -> each != null && !each.isEmpty())
                .collect(Collectors.joining(System.getProperty("path.separator")))
            + System.getProperty("path.separator")
            + Path.of(LeakTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Process loop =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx256m",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                path,
                Loop.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      List<String> lines =
          new String(loop.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertEquals(0, loop.waitFor(), lines::toString);
      long size = Long.parseLong(lines.getLast());
      assertTrue(size < MOST, size + " MiB are resident");
    } finally {
      loop.destroyForcibly();
    }
  }

  /** Prints the resident size in MiB. */
  static final class Loop {
    private Loop() {}

    public static void main(String[] arguments) throws Exception {
      float[] noisy = new float[ROWS * DIM];
      try (Engine engine = Engine.open("auto", 1)) {
        ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[50 * DIM], DIM));
        for (int i = 0; i < CALLS; i++) {
          Samples clean = posterior.denoise(engine.samples(noisy, ROWS), Level.ofSigma(0.5));
          noisy[i % noisy.length] = (float) i / CALLS + clean.dim();
        }
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
          String size = lines.filter(line -> line.startsWith("VmRSS")).findFirst().orElseThrow();
          System.out.println(Long.parseLong(size.replaceAll("\\D+", "")) >> 10);
        }
      }
    }
  }
}
