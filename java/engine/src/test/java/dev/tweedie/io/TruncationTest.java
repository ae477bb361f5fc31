package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;

import dev.tweedie.Precision;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file cut anywhere is refused by name: never read as shorter, never another exception. */
class TruncationTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f4.npy",
        "f8be.npy",
        "fortran2.npy",
        "version2.npy",
        "fortran2.npy.gz",
        "grey8.png",
        "rgb16.png",
        "palette8.png"
      })
  void refusesEveryPrefix(String name) throws IOException {
    refuseEveryPrefix(name, Fixtures.bytes(name));
  }

  @Test
  void refusesEveryPrefixOfAnArchive() throws IOException {
    for (String name : new String[] {"stored.npz", "deflated.npz"}) {
      byte[] whole = Fixtures.bytes(name);
      for (int length = 0; length < whole.length; length++) {
        Path file = folder.resolve("cut-" + length + "-" + name);
        Files.write(file, Arrays.copyOf(whole, length));
        assertRefused(() -> MixtureFile.read(file), file.toString());
      }
    }
  }

  @Test
  void refusesEveryPrefixOfIdx() throws IOException {
    byte[] idx = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
    refuseEveryPrefix("x.idx", idx);
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
      out.write(idx);
    }
    refuseEveryPrefix("x.idx.gz", compressed.toByteArray());
  }

  private void refuseEveryPrefix(String name, byte[] whole) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      for (int length = 0; length < whole.length; length++) {
        Path file = folder.resolve("cut-" + length + "-" + name);
        Files.write(file, Arrays.copyOf(whole, length));
        assertRefused(() -> DataFiles.readRows(file, Precision.FLOAT32, arena), file.toString());
      }
      Path file = Files.write(folder.resolve(name), whole);
      DataFiles.readRows(file, Precision.FLOAT64, arena); // whole, it is read
    }
  }
}
