package dev.tweedie.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that others cut or write to while they are in use. Before they were watched, native code
 * that read a cut one ended the process.
 */
class ChangedFileTest {
  private static final int SIZE = 3000;
  private static final int DIM = 16;

  @TempDir private Path folder;

  static List<String> tiers() {
    return Backends.tiers().stream()
        .filter(tier -> tier.reason().isEmpty() && !tier.name().startsWith("cuda"))
        .map(Tier::name)
        .toList();
  }

  /** Points and rows, {@code SIZE x DIM} numbers of 1. */
  private Path write() throws IOException {
    float[] numbers = new float[SIZE * DIM];
    java.util.Arrays.fill(numbers, 1);
    Path file = folder.resolve("ones.npy");
    Npy.write(file, NdArray.of(numbers, SIZE, DIM));
    return file;
  }

  private static Rows rows(Path file, Precision precision, long mappedFrom, Arena arena)
      throws IOException {
    InputSource source = InputSource.of(file).mappedFrom(mappedFrom);
    return DataFiles.read(source, precision, arena).rows();
  }

  private static void cut(Path file) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(200);
    }
  }

  private static void assertRefused(Path file, org.junit.jupiter.api.function.Executable use) {
    var refused = assertThrows(InvalidInputException.class, use);
    String change = ": changed while it was read in place: found 192128 bytes of ";
    assertTrue(refused.getMessage().startsWith(file + change), refused.getMessage());
    assertTrue(refused.getMessage().contains(", now 200 of "), refused.getMessage());
  }

  @ParameterizedTest
  @MethodSource("tiers")
  void pointsThatAreCutBetweenTwoCallsAreRefused(String tier) throws IOException {
    Path file = write();
    try (Arena arena = Arena.ofShared();
        Engine engine = Engine.open(tier, 2)) {
      Rows rows = rows(file, Precision.FLOAT32, 0, arena);
      DataSet points = new DataSet(rows.values(), Precision.FLOAT32, SIZE, DIM).inPlace();
      ExactPosterior posterior = ExactPosterior.of(engine, points);
      Samples x = engine.samples(new float[DIM], 1);
      assertEquals(1, posterior.denoise(x, Level.ofSigma(1)).get(0, 0), 1e-6);
      cut(file);
      assertRefused(file, () -> posterior.denoise(x, Level.ofSigma(1)));
      assertRefused(file, () -> ExactPosterior.of(engine, points).denoise(x, Level.ofSigma(1)));
    }
  }

  @ParameterizedTest
  @MethodSource("tiers")
  void rowsThatAreCutBetweenTwoCallsAreRefused(String tier) throws IOException {
    Path file = write();
    try (Arena arena = Arena.ofShared();
        Engine engine = Engine.open(tier, 2)) {
      Precision precision = engine.backend().precision();
      Rows rows = rows(file, Precision.FLOAT32, 0, arena);
      if (precision == Precision.FLOAT64) {
        return; // which reads a copy
      }
      Samples x = engine.wrap(rows.values(), SIZE, DIM);
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[DIM], DIM));
      posterior.denoise(x.slice(0, 7), Level.ofSigma(1));
      cut(file);
      assertRefused(file, () -> posterior.denoise(x.slice(2000, 7), Level.ofSigma(1)));
      assertRefused(file, () -> engine.samples(1, DIM).write(x.slice(2000, 1).toFloats()));
    }
  }

  @Test
  void pointsThatAreWrittenToAreRefused() throws IOException {
    Path file = write();
    try (Arena arena = Arena.ofShared();
        Engine engine = Engine.open("auto", 1)) {
      Rows rows = rows(file, Precision.FLOAT32, 0, arena);
      DataSet points = new DataSet(rows.values(), Precision.FLOAT32, SIZE, DIM).inPlace();
      ExactPosterior posterior = ExactPosterior.of(engine, points);
      Samples x = engine.samples(new float[DIM], 1);
      FileTime before = Files.readAttributes(file, BasicFileAttributes.class).lastModifiedTime();
      Files.write(file, new byte[] {1}, StandardOpenOption.WRITE);
      Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 1));
      var refused =
          assertThrows(InvalidInputException.class, () -> posterior.denoise(x, Level.ofSigma(1)));
      assertTrue(refused.getMessage().contains("changed while"), refused.getMessage());
    }
  }

  @Test
  void whatIsReplacedOrRemovedIsUsedOn() throws IOException {
    Path file = write();
    try (Arena arena = Arena.ofShared();
        Engine engine = Engine.open("auto", 1)) {
      Rows rows = rows(file, Precision.FLOAT32, 0, arena);
      DataSet points = new DataSet(rows.values(), Precision.FLOAT32, SIZE, DIM).inPlace();
      ExactPosterior posterior = ExactPosterior.of(engine, points);
      Samples x = engine.samples(new float[DIM], 1);
      Npy.write(file, NdArray.of(new float[] {5}, 1, 1));
      assertEquals(1, posterior.denoise(x, Level.ofSigma(1)).get(0, 0), 1e-6);
      Files.delete(file);
      assertEquals(1, posterior.denoise(x, Level.ofSigma(1)).get(0, 0), 1e-6);
    }
  }

  /** Whatever becomes of the file. */
  @Test
  void whatIsSmallIsACopy() throws IOException {
    Path file = write();
    try (Arena arena = Arena.ofConfined()) {
      Rows rows = rows(file, Precision.FLOAT32, InputSource.DEFAULT_MAPPED, arena);
      NdArray array = Npy.read(file, arena);
      cut(file);
      float[] ones = rows.toArray().toFloats();
      assertEquals(1, ones[SIZE * DIM - 1]);
      assertArrayEquals(ones, array.toFloats());
    }
  }

  /** Java code gets an error from the system's signal, which says nothing of a file. */
  @Test
  void whatJavaReadsBeyondACutIsRefused() throws IOException {
    Path file = write();
    try (Arena arena = Arena.ofConfined()) {
      Rows rows = rows(file, Precision.FLOAT32, 0, arena);
      cut(file);
      assertRefused(file, () -> new DataSet(rows.values(), Precision.FLOAT32, SIZE, DIM));
    }
  }
}
