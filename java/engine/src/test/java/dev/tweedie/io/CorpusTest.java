package dev.tweedie.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Precision;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a reader makes of each file of the corpus: its rows, or one line with these words. */
class CorpusTest {
  private static final long LIMIT = 1 << 16; // a quarter of what the bomb becomes

  private static final Map<String, String> REFUSED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("gzip-cut", "gzip: truncated: 4 bytes needed at byte 95, 2 left"),
              Map.entry("gzip-junk-behind", "14 bytes after the gzip content that are no gzip"),
              Map.entry("gzip-bomb", "limit of reading"),
              Map.entry(
                  "gzip-of-huge-header",
                  "missing data: 0 bytes found; uint8 of shape (8388608, 1024) has 8589934592"),
              Map.entry("npy-axes-65", "64"),
              Map.entry(
                  "npy-huge-header",
                  "missing data: 0 bytes found; uint8 of shape (8388608, 1024) has 8589934592"),
              Map.entry("npy-nan", "row 0, column 1 (from 0) is NaN"),
              Map.entry("npy-product-overflows", "its bytes must number below 2^63"),
              Map.entry("npy-object", "dtype '|O' (Python objects)"),
              Map.entry("npz-bomb", "has 128 bytes, not the 4294967280 its directory says"),
              Map.entry("npz-cut", "truncated: no zip directory at its end"),
              Map.entry("npz-name-turns-text", "unknown array '?odd'; allowed: weights, means"),
              Map.entry("text-comma", "not a data file: its first bytes are 2c"),
              Map.entry("idx-huge", "has a negative size; sizes are 0 or more"),
              Map.entry("png-bomb", "1073741824 pixels from 12 bytes of data"),
              Map.entry("png-short", "damaged PNG: its data end early or cannot be decoded")));

  private static Rows read(String name, Arena arena) throws IOException {
    byte[] bytes = Fixtures.bytes("corpus/" + name + ".bin");
    InputSource source =
        InputSource.of(Path.of(name), new ByteArrayInputStream(bytes)).withLimit(LIMIT);
    return ((RowFile) DataFiles.readPrior(source, Precision.FLOAT64, arena)).rows();
  }

  private static Stream<String> refused() {
    return REFUSED.keySet().stream();
  }

  private static Stream<String> whole() throws IOException {
    try (Stream<Path> files = Files.list(Fixtures.path("corpus/gzip-cut.bin").getParent())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".bin"))
          .map(name -> name.substring(0, name.length() - ".bin".length()))
          .filter(name -> !REFUSED.containsKey(name))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatIsDamagedIsRefusedInItsOwnWords(String name) {
    try (Arena arena = Arena.ofConfined()) {
      Fixtures.assertRefused(() -> read(name, arena), name, REFUSED.get(name));
    }
  }

  /** Every other file: its four numbers, as make.py has them. */
  @ParameterizedTest
  @MethodSource("whole")
  void whatIsWholeIsRead(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      double[] found = read(name, arena).values().toArray(ValueLayout.JAVA_DOUBLE);
      assertArrayEquals(new double[] {.5, 1, -2, 3}, found, 0);
    }
  }

  @Test
  void everyFileIsAsserted() throws IOException {
    assertEquals(4, whole().count());
    for (String name : REFUSED.keySet()) {
      Fixtures.bytes("corpus/" + name + ".bin"); // there
    }
  }
}
