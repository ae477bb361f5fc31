package dev.tweedie.backend.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.tweedie.Engine;
import dev.tweedie.EngineOptions;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Pruning;
import dev.tweedie.backend.Backends;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.InputSource;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npz;
import dev.tweedie.io.Rows;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A filter of other points would leave out what has weight: it must never be believed. */
class FilterFileTest {
  private static final int SIZE = 9_001; // more than one shard
  private static final int DIM = 80; // codes of more than one vector
  private static final int ROWS = 130; // AUTO waits for 128

  private static final Level LEVEL = Level.ofSigma(0.3);

  @TempDir private Path folder;
  private Path filter;

  @BeforeEach
  void name() {
    filter = folder.resolve("points.filter.npz");
    assumeFalse(tiers().length == 0, "no kernels with a filter here");
  }

  private static String[] tiers() {
    return Backends.tiers().stream()
        .filter(tier -> tier.name().startsWith("cpu:") && tier.reason().isEmpty())
        .map(tier -> tier.name())
        .toArray(String[]::new);
  }

  private static float[] numbers(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] points = new float[SIZE * DIM];
    for (int i = 0; i < points.length; i++) {
      points[i] = (float) random.nextGaussian();
    }
    return points;
  }

  /** Points of a mapped file, read in place. */
  private DataSet mapped(long seed, Arena arena) throws IOException {
    Path file = folder.resolve("points" + seed + ".npy");
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment values = scratch.allocateFrom(ValueLayout.JAVA_FLOAT, numbers(seed));
      DataFiles.writeRows(file, new Rows(values, Precision.FLOAT32, SIZE, DIM));
    }
    Rows rows = DataFiles.read(InputSource.of(file).mappedFrom(0), Precision.FLOAT32, arena).rows();
    assertTrue(rows.values().isMapped());
    return new DataSet(rows.values(), Precision.FLOAT32, SIZE, DIM).inPlace();
  }

  private static Engine open(String tier, Pruning pruning) {
    return Engine.open(
        EngineOptions.of().backend(tier).threads(2).announced(false).pruning(pruning));
  }

  private static float[] denoised(Engine engine, DataSet points) {
    float[] x = Arrays.copyOf(numbers(1), ROWS * DIM);
    try (ExactPosterior posterior = ExactPosterior.of(engine, points)) {
      return posterior.denoise(engine.samples(x, ROWS), LEVEL).toFloats();
    }
  }

  @Test
  void isMadeReadAndChangesNoBit() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      DataSet points = mapped(1, arena);
      for (String tier : tiers()) {
        float[] expected;
        try (Engine engine = open(tier, Pruning.OFF)) {
          expected = denoised(engine, points.keepingFilter(filter));
          assertFalse(Files.exists(filter), "made where nothing is left out");
        }
        byte[] made = null;
        for (int times = 0; times < 2; times++) { // written, then read
          try (Engine engine = open(tier, Pruning.ON)) {
            assertArrayEquals(expected, denoised(engine, points.keepingFilter(filter)), tier);
            assertTrue(engine.pairs().share() > 0.5, tier + " " + engine.pairs());
          }
          byte[] found = Files.readAllBytes(filter);
          assertArrayEquals(made == null ? found : made, found);
          made = found;
        }
        Files.delete(filter);
      }
    }
  }

  @Test
  void pointsInPlaceHaveAFilterOnlyInAFile() throws IOException {
    assumeFalse(
        Arrays.stream(tiers()).noneMatch("cpu:avx512"::equals), "AUTO needs quick products");
    try (Arena arena = Arena.ofShared();
        Engine engine = open("cpu:avx512", Pruning.AUTO)) {
      DataSet points = mapped(1, arena);
      float[] expected = denoised(engine, points);
      assertEquals(0, engine.pairs().skipped());
      float[] kept = denoised(engine, points.keepingFilter(filter));
      assertArrayEquals(expected, kept);
      assumeFalse(engine.pairs().skipped() == 0, "no VNNI");
      assertTrue(Files.exists(filter));
    }
  }

  @Test
  void codesAreReadInPlaceAndThoseThatWereMade() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      DataSet points = mapped(1, arena).keepingFilter(filter);
      FilterTable made = table(points, arena);
      FilterTable read = table(points, arena);
      assertFalse(made.codes().isMapped());
      assertTrue(read.codes().isMapped());
      assertEquals(-1, made.codes().mismatch(read.codes()));
      assertEquals(-1, made.order().mismatch(read.order()));
      assertEquals(made.head(), read.head());
      assertEquals(-1, made.tail().mismatch(read.tail()));
      assertEquals(-1, made.scale().mismatch(read.scale()));
      assertEquals(-1, made.norm().mismatch(read.norm()));
      assertEquals(-1, made.slack().mismatch(read.slack()));
      assertEquals(made.largest(), read.largest());
    }
  }

  /** Of a copy, the means are the points less their centre, and so is what they are compared by. */
  @Test
  void pointsThatAreCopiedKeepTheirsToo() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      DataSet points = DataSet.of(numbers(1), DIM).keepingFilter(filter);
      table(points, arena);
      table(points, arena);
      double[] weights = new double[SIZE];
      weights[7] = 1; // another centre
      assertRefused("is the filter of other points", points.withWeights(weights), arena);
      assertRefused("is the filter of other points", mapped(1, arena).keepingFilter(filter), arena);
    }
  }

  private static FilterTable table(DataSet points, Arena arena) {
    PriorTable prior = PriorTable.of(points, arena);
    try (Workers workers = Workers.of(2)) {
      prior.makeFilter(workers);
    }
    return prior.filter();
  }

  private void assertRefused(String how, DataSet points, Arena arena) {
    var refused = assertThrows(InvalidInputException.class, () -> table(points, arena));
    assertTrue(refused.getMessage().startsWith(filter.toString()), refused.getMessage());
    assertTrue(refused.getMessage().contains(how), refused.getMessage());
    assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
  }

  @Test
  void aFilterOfOtherPointsIsRefused() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      table(mapped(1, arena).keepingFilter(filter), arena);
      byte[] before = Files.readAllBytes(filter);
      assertRefused("is the filter of other points", mapped(2, arena).keepingFilter(filter), arena);
      assertArrayEquals(before, Files.readAllBytes(filter), "lost");
    }
  }

  @Test
  void aDamagedOrForeignFileIsRefused() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      DataSet points = mapped(1, arena).keepingFilter(filter);
      table(points, arena);
      byte[] whole = Files.readAllBytes(filter);
      Files.write(filter, Arrays.copyOf(whole, whole.length / 2));
      assertRefused("truncated", points, arena);
      byte[] flipped = whole.clone();
      flipped[whole.length / 2] ^= 1;
      Files.write(filter, flipped);
      assertRefused("the checksum of 'codes.npy' is wrong", points, arena);
      Files.write(filter, "a text".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertRefused("not a .npz file", points, arena);
      Npz.write(filter, Map.of("weights", NdArray.of(new float[] {1}, 1)));
      assertRefused("has no array 'sha256'", points, arena);
    }
  }

  /** Kernels follow what these say: whatever a file has, they read no other memory. */
  @Test
  void aColumnThatKernelsCouldNotUseIsRefused() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      DataSet points = mapped(1, arena).keepingFilter(filter);
      table(points, arena);
      Map<String, NdArray> whole = new LinkedHashMap<>();
      Npz npz = Npz.open(filter, arena);
      npz.names().forEach(name -> whole.put(name, npz.get(name)));
      assertRefused(
          "allowed: each of 0 to 79 once", points, "order", ints -> bytes(ints, 0), whole, arena);
      assertRefused(
          "found 3, allowed: a multiple of 64",
          points,
          "head",
          ints -> bytes(ints, 3),
          whole,
          arena);
      assertRefused(
          "found NaN, allowed: finite", points, "slack", bits -> bytes(bits, -1), whole, arena);
      whole.put("codes", NdArray.of(new byte[128], 1, 128));
      Npz.write(filter, whole);
      assertRefused("found uint8 of shape [1, 128], allowed in a filter", points, arena);
    }
  }

  /** The bytes of an array, the first four of them others. */
  private static byte[] bytes(byte[] of, int first) {
    for (int i = 0; i < 4; i++) {
      of[i] = (byte) (first >> 8 * i);
    }
    return of;
  }

  private void assertRefused(
      String how,
      DataSet points,
      String name,
      UnaryOperator<byte[]> change,
      Map<String, NdArray> whole,
      Arena arena)
      throws IOException {
    Map<String, NdArray> changed = new LinkedHashMap<>(whole);
    NdArray array = whole.get(name);
    byte[] bytes = change.apply(array.data().toArray(ValueLayout.JAVA_BYTE));
    if (name.equals("order")) { // its first element is the second one again
      System.arraycopy(bytes, 4, bytes, 0, 4);
    }
    changed.put(name, new NdArray(array.type(), array.shape(), MemorySegment.ofArray(bytes)));
    Npz.write(filter, changed);
    assertRefused(how, points, arena);
  }

  @Test
  void aFileThatCannotBeWrittenIsRefused() throws IOException {
    filter = folder.resolve("missing").resolve("filter.npz");
    try (Arena arena = Arena.ofShared()) {
      assertRefused("", mapped(1, arena).keepingFilter(filter), arena);
    }
  }

  @Test
  void aFileThatIsWrittenToWhileItIsUsedIsRefused() throws IOException {
    try (Arena arena = Arena.ofShared();
        Engine engine = open(tiers()[0], Pruning.ON)) {
      DataSet points = mapped(1, arena).keepingFilter(filter);
      table(points, arena);
      FileTime before = Files.getLastModifiedTime(filter);
      try (ExactPosterior posterior = ExactPosterior.of(engine, points)) {
        var x = engine.samples(Arrays.copyOf(numbers(1), DIM), 1);
        posterior.denoise(x, LEVEL);
        Files.setLastModifiedTime(filter, FileTime.fromMillis(before.toMillis() + 1));
        var refused = assertThrows(InvalidInputException.class, () -> posterior.denoise(x, LEVEL));
        assertTrue(refused.getMessage().contains("changed while"), refused.getMessage());
      }
    }
  }

  @Test
  void aFilterThatKernelsWouldNotUseIsRefused() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      DataSet points = DataSet.of(new float[] {1, 2, 3}, 1).keepingFilter(filter);
      assertRefused("found points of dimension 1, allowed: 32 to 32768", points, arena);
    }
  }
}
