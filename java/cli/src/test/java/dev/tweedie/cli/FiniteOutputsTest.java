package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.MixtureParameters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows as large as files mark missing values with: 1e20 squared is beyond float32. */
class FiniteOutputsTest {
  @TempDir Path folder;

  private Run run(String command, String in, Path out, String... more) throws IOException {
    Path rows = folder.resolve("fill.npy");
    Npy.write(rows, NdArray.of(new double[] {.5, .5, 1e20, 0}, 2, 2));
    Path prior = folder.resolve("prior.npz");
    new MixtureFile(
            MixtureParameters.of(
                new GaussianMixture(
                    new double[] {1, 1},
                    new double[] {1, 0, 0, 1},
                    2,
                    new Covariance.Isotropic(new double[] {1, 2}))))
        .write(prior);
    String[] first = {
      command,
      "--prior",
      prior.toString(),
      in,
      rows.toString(),
      "--level",
      "sigma=1",
      "--out",
      out.toString()
    };
    String[] all = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return Run.of(all);
  }

  private static void refused(Run run, Path out) {
    assertEquals(ExitStatus.BAD_INPUT, run.status(), run.err());
    assertTrue(run.err().contains("row 1: found a result that is not finite"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertFalse(Files.exists(out));
  }

  /** The square of the row overflows, its mean does not: the wider component explains it. */
  @Test
  void aMeanThatFloat32HoldsIsRight() throws IOException {
    Path out = folder.resolve("out.npy");
    Run run = run("denoise", "--in", out);
    assertEquals(ExitStatus.OK, run.status(), run.err());
    try (Arena arena = Arena.ofConfined()) {
      double[] means = Npy.read(out, arena).toDoubles();
      assertEquals(1e20 * 2 / 3, means[2], 1e14);
      assertEquals(1 / 3., means[3], 1e-6);
    }
  }

  @Test
  void evidenceThatIsNotFiniteIsRefusedByItsRow() throws IOException {
    Path out = folder.resolve("out.npz");
    refused(run("evaluate", "--at", out, "--what", "logp"), out);
  }
}
