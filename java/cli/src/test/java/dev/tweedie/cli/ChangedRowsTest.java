package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that others cut while a command uses them: after they were read, before the prior is. */
class ChangedRowsTest {
  private static final int CUT = 130;

  @TempDir private Path folder;

  private Path rows;
  private Path pipe;

  @BeforeEach
  void makePipe() throws Exception {
    rows = folder.resolve("rows.npy");
    pipe = folder.resolve("pipe");
    try {
      assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    } catch (IOException e) {
      Assumptions.abort("no mkfifo on this system");
    }
  }

  /** With a prior of one point, 7, which comes when the rows have been cut. */
  private Run denoise() throws Exception {
    Path point = folder.resolve("point.npy");
    Npy.write(point, NdArray.of(new float[] {7}, 1, 1));
    byte[] prior = Files.readAllBytes(point);
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  // the open waits for the reader, who has read the rows before
                  try (OutputStream out = Files.newOutputStream(pipe)) {
                    cut();
                    out.write(prior);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    String in = rows.toString();
    String out = folder.resolve("out.npy").toString();
    String from = pipe.toString();
    Run run = Run.of("denoise", "--prior", from, "--in", in, "--level", "sigma=1", "--out", out);
    writer.join();
    assertEquals(CUT, Files.size(rows));
    return run;
  }

  private void cut() throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(rows.toFile(), "rw")) {
      open.setLength(CUT);
    }
  }

  @Test
  void fewWereCopied() throws Exception {
    Npy.write(rows, NdArray.of(new float[] {3, 4}, 2, 1));
    denoise().good();
    try (Arena arena = Arena.ofConfined()) {
      double[] out = Npy.read(folder.resolve("out.npy"), arena).toDoubles();
      assertArrayEquals(new double[] {7, 7}, out);
    }
  }

  /** 2^28 rows of zero, which take no room on the disk. */
  @Test
  @Tag("slow")
  void manyAreRefused() throws Exception {
    Npy.write(rows, NdArray.of(new float[] {0}, 1, 1));
    String header = Files.readString(rows, StandardCharsets.ISO_8859_1).substring(0, 128);
    String one = "(1, 1), }         ";
    assertTrue(header.contains(one), header);
    try (RandomAccessFile sparse = new RandomAccessFile(rows.toFile(), "rw")) {
      sparse.write(header.replace(one, "(268435456, 1), } ").getBytes(StandardCharsets.ISO_8859_1));
      sparse.setLength(128 + (4L << 28));
    }
    denoise().refused("rows.npy: changed while it was read in place: found 1073741952 bytes");
  }
}
