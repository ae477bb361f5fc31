package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFilesTest {
  @TempDir Path folder;
  private final Arena arena = Arena.ofAuto();

  @ParameterizedTest
  @EnumSource(Precision.class)
  void readsTheSameRowsFromEveryFormat(Precision precision) throws IOException {
    byte[] pixels = {0, 1, 2, 100, (byte) 254, (byte) 255};
    double[] expected = {0, 1 / 255.0, 2 / 255.0, 100 / 255.0, 254 / 255.0, 1};
    Path npy = folder.resolve("x.npy");
    Npy.write(npy, NdArray.of(pixels, 1, 2, 3));
    Path npz = folder.resolve("x.npz");
    Npz.write(npz, Map.of("anything", NdArray.of(pixels, 1, 2, 3)));
    Path idx = folder.resolve("x.idx");
    Files.write(
        idx, new byte[] {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 100, -2, -1});
    Path floats = folder.resolve("floats.npy");
    Npy.write(floats, NdArray.of(expected, 1, 1, 2, 3));
    Path directory = Files.createDirectory(folder.resolve("pictures"));
    Files.copy(Fixtures.path("grey8.png"), directory.resolve("a.PNG"));
    for (Path file :
        new Path[] {
          npy,
          npz,
          idx,
          floats,
          directory,
          Fixtures.path("grey8.png"),
          gzip(npy),
          gzip(npz),
          gzip(idx)
        }) {
      Rows rows = DataFiles.readRows(file, precision, arena);
      assertEquals(1, rows.count(), file.toString());
      assertEquals(6, rows.dim(), file.toString());
      assertEquals(2, rows.height(), file.toString());
      assertEquals(3, rows.width(), file.toString());
      assertEquals(precision, rows.precision());
      double[] values = rows.toArray().toDoubles();
      for (int i = 0; i < 6; i++) {
        double rounded = precision == Precision.FLOAT32 ? (float) expected[i] : expected[i];
        assertEquals(rounded, values[i], file.toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "6, 1, 6, 0, 0",
    "2 3, 2, 3, 0, 0",
    "0 3, 0, 3, 0, 0",
    "5 2 3, 5, 6, 2, 3",
    "5 1 2 3, 5, 6, 2, 3",
    "5 2 3 1, 5, 6, 2, 3",
    "5 3 2 2, 5, 12, 2, 2",
    "5 2 2 3, 5, 12, 2, 3",
    "5 9 8 3, 5, 216, 9, 8",
    "5 9 8 5, 5, 360, 0, 0",
    "1 1 1 1 4, 1, 4, 0, 0",
  })
  void flattensAllAxesButTheFirst(String sizes, long count, int dim, int height, int width)
      throws IOException {
    Path file = folder.resolve("x.npy");
    long[] shape = java.util.Arrays.stream(sizes.split(" ")).mapToLong(Long::parseLong).toArray();
    Npy.write(file, NdArray.of(new float[(int) (count * dim)], shape));
    Rows rows = DataFiles.readRows(file, Precision.FLOAT32, arena);
    assertEquals(count, rows.count());
    assertEquals(dim, rows.dim());
    assertEquals(height, rows.height());
    assertEquals(width, rows.width());
  }

  @Test
  void mapsLargeRowsThatAreAsWantedAndCopiesOthers() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, NdArray.of(new float[] {1, 2, 3, 4}, 2, 2));
    try (Arena mine = Arena.ofConfined()) {
      InputSource any = InputSource.of(file).mappedFrom(0);
      Rows mapped = DataFiles.read(any, Precision.FLOAT32, mine).rows();
      assertTrue(mapped.values().isMapped());
      assertEquals(0, mapped.values().address() % 64);
      assertFalse(DataFiles.readRows(file, Precision.FLOAT32, mine).values().isMapped(), "small");
      assertFalse(DataFiles.read(any, Precision.FLOAT64, mine).rows().values().isMapped());
      InputSource zipped = InputSource.of(gzip(file)).mappedFrom(0);
      assertFalse(DataFiles.read(zipped, Precision.FLOAT32, mine).rows().values().isMapped());
      // Replacing the file, as an output does, leaves the rows that were read as they were.
      Npy.write(file, NdArray.of(new float[] {9, 9, 9, 9}, 2, 2));
      assertArrayEquals(new float[] {1, 2, 3, 4}, mapped.toArray().toFloats());
    }
  }

  @Test
  void keepsIntegersThatAreNoPixels() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, NdArray.of(new long[] {-3, 255}, 1, 2));
    assertArrayEquals(
        new double[] {-3, 255},
        DataFiles.readRows(file, Precision.FLOAT32, arena).toArray().toDoubles());
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void refusesNumbersThatAreNotFiniteWithTheirRow(double bad) throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, NdArray.of(new double[] {1, 2, 3, 4, bad, 6}, 3, 2));
    for (Precision precision : Precision.values()) {
      assertRefused(
          () -> DataFiles.readRows(file, precision, arena), "x.npy: row 2, column 0", "" + bad);
    }
    Npy.write(file, NdArray.of(new float[] {1, 2, 3, (float) bad}, 2, 2));
    assertRefused(
        () -> DataFiles.readRows(file, Precision.FLOAT32, arena), "x.npy: row 1, column 1");
  }

  @Test
  void refusesNumbersTooLargeForThePrecision() throws IOException {
    Path file = folder.resolve("x.npy");
    Npy.write(file, NdArray.of(new double[] {1, 1e300}, 1, 2));
    assertRefused(
        () -> DataFiles.readRows(file, Precision.FLOAT32, arena), "column 1", "1.0E300", "float32");
    assertEquals(1e300, DataFiles.readRows(file, Precision.FLOAT64, arena).toArray().getDouble(1));
  }

  @Test
  void refusesShapesThatAreNoRows() throws IOException {
    assertRefused(
        () -> DataFiles.readRows(Fixtures.path("scalar.npy"), Precision.FLOAT32, arena),
        "shape ()");
    Path file = folder.resolve("x.npy");
    for (long[] shape : new long[][] {{5, 0}, {0}, {0, 1L << 40}, {0, 1L << 40, 1L << 40}}) {
      Npy.write(file, new NdArray(ElementType.FLOAT32, shape, MemorySegment.NULL));
      assertRefused(
          () -> DataFiles.readRows(file, Precision.FLOAT32, arena), "x.npy: shape", "dimension");
    }
    Files.write(file, new byte[] {0, 0, 8, 1, 0, 0, 0, 2, 7, 3});
    assertRefused(() -> DataFiles.readRows(file, Precision.FLOAT32, arena), "labels");
  }

  @Test
  void refusesOtherContentAndSaysWhatIsAllowed() throws IOException {
    Path file = Files.writeString(folder.resolve("x.npy"), "%PDF-1.4");
    assertRefused(
        () -> DataFiles.readRows(file, Precision.FLOAT32, arena),
        "x.npy: not a data file",
        "25 50 44 46",
        ".npy",
        "IDX",
        "PNG");
    Files.write(file, new byte[0]);
    assertRefused(() -> DataFiles.readRows(file, Precision.FLOAT32, arena), "it is empty");
    assertRefused(
        () -> DataFiles.readRows(folder.resolve("absent"), Precision.FLOAT32, arena),
        "absent: no such file");
    assertRefused(
        () -> DataFiles.readRows(folder, Precision.FLOAT32, arena), "without .png or .jpg files");
    assertRefused(
        () -> DataFiles.readRows(Fixtures.path("stored.npz"), Precision.FLOAT32, arena),
        "stored.npz: holds 3 arrays (weights, means, covariances)");
  }

  @Test
  void sortsPicturesByNameAndRefusesAnotherSize() throws IOException {
    float[] white = {1, 1, 1, 1};
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    PngGrid.write(pictures.resolve("b.png"), rows(white, 1, 4));
    PngGrid.write(pictures.resolve("a.png"), rows(new float[4], 1, 4));
    Files.writeString(pictures.resolve("readme.txt"), "not a picture");
    Rows rows = DataFiles.readRows(pictures, Precision.FLOAT32, arena);
    assertArrayEquals(new float[] {0, 0, 0, 0, 1, 1, 1, 1}, rows.toArray().toFloats());
    PngGrid.write(pictures.resolve("c.png"), rows(new float[9], 1, 9));
    assertRefused(
        () -> DataFiles.readRows(pictures, Precision.FLOAT32, arena),
        "c.png: 3 x 3",
        "a.png, has 2 x 2");
  }

  @Test
  void readsAPipe() throws Exception {
    Path pipe = folder.resolve("pipe");
    Process mkfifo;
    try {
      mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).start();
    } catch (IOException e) {
      org.junit.jupiter.api.Assumptions.abort("no mkfifo on this system");
      return;
    }
    assertEquals(0, mkfifo.waitFor());
    byte[] content = Fixtures.bytes("f8.npy");
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Files.write(pipe, content);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    assertEquals(2, DataFiles.readRows(pipe, Precision.FLOAT64, arena).count());
    writer.join();
  }

  @ParameterizedTest
  @ValueSource(strings = {"out.npy", "out.npz", "out.PNG"})
  void writesByExtensionAndReadsBack(String name) throws IOException {
    Path file = folder.resolve(name);
    DataFiles.checkTarget(file);
    DataFiles.writeRows(file, rows(new float[] {0, 1, 1, 0}, 1, 4));
    assertArrayEquals(
        new float[] {0, 1, 1, 0},
        DataFiles.readRows(file, Precision.FLOAT32, arena).toArray().toFloats());
  }

  @Test
  void refusesUnknownExtensionsAndBadTargetsBeforeWork() {
    assertRefused(
        () -> DataFiles.checkTarget(folder.resolve("out.csv")),
        "out.csv",
        ".npy, .npz, .parquet or .png");
    assertRefused(() -> DataFiles.checkTarget(folder.resolve("absent/out.npy")), "is missing");
  }

  @Test
  void rowsRefuseSizesThatDoNotMatch() {
    assertRefused(() -> rows(new float[5], 2, 2), "20 bytes", "2 rows of dimension 2");
    assertRefused(() -> rows(new float[0], 0, 0), "dimension is 1 or more");
    MemorySegment six = MemorySegment.ofArray(new float[6]);
    assertRefused(() -> new Rows(six, Precision.FLOAT32, 1, 6, 2, 2), "images of 2 x 2");
  }

  private static Rows rows(float[] values, long count, int dim) {
    return new Rows(MemorySegment.ofArray(values), Precision.FLOAT32, count, dim);
  }

  private Path gzip(Path file) throws IOException {
    Path target = folder.resolve(file.getFileName() + ".gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(target))) {
      Files.copy(file, out);
    }
    return target;
  }
}
