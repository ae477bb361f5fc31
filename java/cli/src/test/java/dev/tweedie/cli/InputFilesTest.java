package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The names under which files come to the command line, and what it says of their numbers. */
class InputFilesTest {
  @TempDir private Path folder;

  @BeforeEach
  void files() throws IOException {
    Npz.write(
        folder.resolve("mixture.npz"),
        Map.of(
            "weights", NdArray.of(new double[] {1}, 1),
            "means", NdArray.of(new double[] {3, 4}, 1, 2),
            "covariances", NdArray.of(new double[] {1}, 1)));
    Npy.write(folder.resolve("x.npy"), NdArray.of(new float[] {1, 2, 5, 6}, 2, 2));
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private Run denoise(String prior, String in) {
    return Run.of(
        "denoise", "--prior", prior, "--in", in, "--level", "sigma=1", "--out", file("out.npy"));
  }

  private float[] out() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return DataFiles.readRows(folder.resolve("out.npy"), Precision.FLOAT32, arena)
          .toArray()
          .toFloats();
    }
  }

  /** Half of the way to the mean. */
  private static final float[] EXPECTED = {2, 3, 4, 5};

  @Test
  @Timeout(600) // a prior that is opened twice waits for ever for a second writer
  void aPriorMayBeAPipe() throws Exception {
    Path pipe = folder.resolve("pipe");
    try {
      assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    } catch (IOException e) {
      Assumptions.abort("no mkfifo on this system");
    }
    byte[] mixture = Files.readAllBytes(folder.resolve("mixture.npz"));
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Files.write(pipe, mixture);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    denoise(pipe.toString(), file("x.npy")).good();
    writer.join();
    assertArrayEquals(EXPECTED, out());
  }

  @Test
  void anEmptyNameIsNoDirectory() {
    denoise("", file("x.npy")).refused("--prior: found an empty name");
    denoise(file("mixture.npz"), "").refused("--in: found an empty name");
    assertFalse(Files.exists(folder.resolve("out.npy")));
  }

  @Test
  @ResourceLock(Resources.SYSTEM_ERR) // which Java's own streams share a lock with
  void aDashIsStandardInput() throws IOException {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(folder.resolve("x.npy"))));
      denoise(file("mixture.npz"), "-").good();
      assertArrayEquals(EXPECTED, out());
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(folder.resolve("mixture.npz"))));
      denoise("-", file("x.npy")).good();
      assertArrayEquals(EXPECTED, out());
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(folder.resolve("x.npy"))));
      denoise("-", "-").refused("found standard input, which --in reads already");
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void oneArrayOfAnArchiveHasItsName() throws IOException {
    Npz.write(
        folder.resolve("many.npz"),
        Map.of(
            "noisy", NdArray.of(new float[] {1, 2, 5, 6}, 2, 2),
            "clean", NdArray.of(new float[] {0, 0}, 1, 2)));
    denoise(file("mixture.npz"), file("many.npz:noisy")).good();
    assertArrayEquals(EXPECTED, out());
    // Of a mixture too: its means are a data set of one point.
    denoise(file("mixture.npz:means"), file("x.npy")).good();
    assertArrayEquals(new float[] {3, 4, 3, 4}, out());
    denoise(file("mixture.npz"), file("many.npz")).refused("holds 2 arrays", "many.npz:NAME");
    denoise(file("mixture.npz"), file("many.npz:nosy"))
        .refused("many.npz: has no array 'nosy'; it has: ");
    denoise(file("mixture.npz"), file("x.npy:nosy")).refused("x.npy:nosy: no such file");
  }

  @Test
  void whatIsDoneToNumbersIsSaid() throws IOException {
    Npy.write(folder.resolve("bytes.npy"), NdArray.of(new byte[] {0, 51}, 1, 2));
    Run run = denoise(file("mixture.npz"), file("bytes.npy")).good();
    assertTrue(run.fact("read").endsWith("bytes.npy: uint8 (1, 2), divided by 255"), run.out());
    Npy.write(folder.resolve("whole.npy"), NdArray.of(new long[] {0, 51}, 1, 2));
    run = denoise(file("mixture.npz"), file("whole.npy")).good();
    assertTrue(run.fact("read").endsWith("int64 (1, 2), numbers as they are, not scaled"));
  }

  @Test
  void theLimitOfReadingIsAnOption() {
    String[] command = {
      "denoise",
      "--prior",
      file("mixture.npz"),
      "--in",
      file("x.npy"),
      "--level",
      "sigma=1",
      "--out",
      file("out.npy"),
      "--read-limit",
      "0"
    };
    Run.of(command).refused("--read-limit", "found '0', allowed: a whole number >= 1");
    command[10] = "99999999999";
    Run.of(command).good();
  }
}
