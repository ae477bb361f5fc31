package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.InputSource;
import dev.tweedie.io.RowFile;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parquet files that another program wrote ({@code write.mjs}), and damaged ones. */
class ParquetTest {
  @TempDir Path folder;

  @Test
  void columnsAreRowsSideBySide() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      RowFile read = read("columns.parquet", "", Precision.FLOAT32, arena);
      assertEquals("float32 (4, 2), Parquet, x, y", read.found());
      assertNumbers(new double[] {0, 1, 0.25, 2, 0.5, 3, 0.75, 4}, read);
    }
  }

  /** Types, more than one group of rows, and no compression. */
  @Test
  void numbersOfEveryType() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      RowFile read = read("plain.parquet", "", Precision.FLOAT64, arena);
      assertNumbers(new double[] {0, 1, 5, 0.25, 0.1, 6, 0.5, -2.5, 7, 0.75, 1e10, 8}, read);
    }
  }

  /** Hardwood reads what we write: levels, several groups, and every bit of a number. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 1, 1",
    "FLOAT64, 5, 1",
    "FLOAT32, 7, 103",
    "FLOAT64, 200, 17",
    "FLOAT32, 5600, 3072"
  })
  void whatIsWrittenIsReadBitForBit(Precision precision, int count, int dim) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Random random = new Random(count);
      MemorySegment numbers = arena.allocate((long) count * dim * precision.bytes(), 8);
      for (long i = 0; i < (long) count * dim; i++) {
        if (precision == Precision.FLOAT32) {
          numbers.setAtIndex(ValueLayout.JAVA_FLOAT, i, i == 0 ? -0f : random.nextFloat() - .5f);
        } else {
          numbers.setAtIndex(ValueLayout.JAVA_DOUBLE, i, i == 0 ? -0. : random.nextGaussian());
        }
      }
      Path file = folder.resolve("written.parquet");
      DataFiles.writeRows(file, new Rows(numbers, precision, count, dim), "{\"seed\": 1}");
      Rows found = DataFiles.readRows(file, precision, arena);
      assertEquals(dim, found.dim());
      assertEquals(-1, numbers.mismatch(found.values()));
    }
  }

  @Test
  void listsOfOneLengthAreRows() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      RowFile read = read("lists.parquet", "", Precision.FLOAT32, arena);
      assertEquals(2, read.rows().count());
      assertNumbers(new double[] {1, 2, 3, 4, 5, 6}, read);
    }
  }

  @Test
  void oneColumnByName() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      assertNumbers(
          new double[] {0, 0.25, 0.5, 0.75},
          read("labelled.parquet", ":x", Precision.FLOAT32, arena));
    }
    assertRefused("labelled.parquet", ":y", "has no column 'y'; allowed: x, label");
  }

  @Test
  void whatAreNoRowsIsRefused() throws IOException {
    assertRefused("labelled.parquet", "", "column 'label' is");
    assertRefused("missing.parquet", "", "row 1, column 0 (from 0) is NaN; allowed: finite");
    assertRefused(
        "ragged.parquet",
        "",
        "row 1 (from 0) of 'rows' has 2 numbers; allowed: 3, as in the first");
  }

  @Test
  void nothingIsUnknownWhereThatIsAllowed() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Path file = copy("missing.parquet");
      RowFile read = DataFiles.readWithUnknown(InputSource.of(file), Precision.FLOAT64, arena);
      assertNumbers(new double[] {1, Double.NaN, 3}, read);
    }
  }

  @Test
  void moreThanTheLimitIsRefusedBeforeItIsRead() throws IOException {
    Path file = copy("columns.parquet");
    try (Arena arena = Arena.ofConfined()) {
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () ->
                      DataFiles.read(InputSource.of(file).withLimit(32), Precision.FLOAT32, arena))
              .getMessage();
      assertTrue(message.endsWith("allowed: 4 in memory, the limit of reading"), message);
    }
  }

  /** Any file that was cut or has other bytes is read, or refused in one line: nothing else. */
  @Test
  void damagedFilesAreRefusedInOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(copy("lists.parquet"));
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 120; i++) {
      byte[] damaged = Arrays.copyOf(whole, i < 20 ? whole.length - 1 - i : whole.length);
      for (int j = 0; i >= 20 && j < 3; j++) {
        damaged[4 + random.nextInt(damaged.length - 8)] = (byte) random.nextInt();
      }
      Path file = folder.resolve("damaged.parquet");
      Files.write(file, damaged);
      try (Arena arena = Arena.ofConfined()) {
        DataFiles.read(InputSource.of(file).withLimit(1 << 20), Precision.FLOAT32, arena);
      } catch (InvalidInputException e) {
        assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 60, "found " + refused);
  }

  private void assertRefused(String name, String member, String message) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      String found =
          assertThrows(
                  InvalidInputException.class, () -> read(name, member, Precision.FLOAT32, arena))
              .getMessage();
      assertTrue(found.contains(message), found);
    }
  }

  private RowFile read(String name, String member, Precision precision, Arena arena)
      throws IOException {
    return DataFiles.read(InputSource.parse(copy(name) + member, System.in), precision, arena);
  }

  private Path copy(String name) throws IOException {
    Path file = folder.resolve(name);
    try (var in = ParquetTest.class.getResourceAsStream("parquet/" + name)) {
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  private static void assertNumbers(double[] wanted, RowFile read) {
    Rows rows = read.rows();
    double[] found =
        rows.precision() == Precision.FLOAT64
            ? rows.values().toArray(ValueLayout.JAVA_DOUBLE)
            : Arrays.stream(boxed(rows.values().toArray(ValueLayout.JAVA_FLOAT)))
                .mapToDouble(Float::doubleValue)
                .toArray();
    assertArrayEquals(wanted, found);
  }

  private static Float[] boxed(float[] values) {
    Float[] out = new Float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[i];
    }
    return out;
  }
}
