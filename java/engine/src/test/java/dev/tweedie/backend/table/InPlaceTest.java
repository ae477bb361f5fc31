package dev.tweedie.backend.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.InputSource;
import dev.tweedie.io.Rows;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data set larger than memory must not be copied; and must not lose digits for it. */
class InPlaceTest {
  private static final int SIZE = 9001; // more than one shard
  private static final int DIM = 17;

  @TempDir private Path folder;

  /** Points around 3, where nothing centres them. */
  private DataSet mapped(Arena arena) throws IOException {
    Path file = folder.resolve("points.npy");
    SplittableRandom random = new SplittableRandom(1);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment values = scratch.allocate(ValueLayout.JAVA_FLOAT, (long) SIZE * DIM);
      for (long i = 0; i < (long) SIZE * DIM; i++) {
        values.setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 + 2 * (float) random.nextDouble());
      }
      DataFiles.writeRows(file, new Rows(values, Precision.FLOAT32, SIZE, DIM));
    }
    InputSource source = InputSource.of(file).mappedFrom(0);
    Rows rows = DataFiles.read(source, Precision.FLOAT32, arena).rows();
    assertTrue(rows.values().isMapped());
    return new DataSet(rows.values(), Precision.FLOAT32, SIZE, DIM);
  }

  @Test
  void theTableOfAMappedFileIsTheFile() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      DataSet points = mapped(arena).inPlace();
      MemorySegment means = PriorTable.of(points, arena).means();
      assertTrue(means.isMapped(), "a copy was made");
      assertEquals(points.readInPlace().orElseThrow().address(), means.address());
      assertNotEquals(
          means.address(), PriorTable.of(mapped(arena), arena).means().address(), "small: a copy");
    }
  }

  @Test
  void everyTierGivesTheSameBitsNearTheTruth() throws IOException {
    try (Arena arena = Arena.ofShared();
        Engine reference = Engine.open("reference")) {
      DataSet points = mapped(arena).inPlace();
      float[] x = new float[40 * DIM];
      SplittableRandom random = new SplittableRandom(2);
      for (int i = 0; i < x.length; i++) {
        x[i] = 2 + 2 * (float) random.nextDouble();
      }
      for (double sigma : new double[] {0.01, 0.3, 5}) {
        Level level = Level.ofSigma(sigma);
        double[] truth =
            ExactPosterior.of(reference, points)
                .denoise(reference.samples(x, 40), level)
                .toDoubles();
        float[] first = null;
        for (Tier tier : Backends.tiers()) {
          if (tier.reason().isPresent() || tier.name().matches("reference|cuda.*")) {
            continue;
          }
          try (Engine engine = Engine.open(tier.name(), 2)) {
            float[] found =
                ExactPosterior.of(engine, points).denoise(engine.samples(x, 40), level).toFloats();
            first = first == null ? found : first;
            assertArrayEquals(first, found, tier.name());
            for (int i = 0; i < found.length; i++) {
              // logits within 2^-8 (TWEEDIE_LOGIT_ERROR) move a mean in [2, 4] by twice that at
              // most
              assertEquals(truth[i], found[i], 0x1p-7, tier.name() + " sigma " + sigma);
            }
          }
        }
      }
    }
  }

  @Test
  void refusesPointsThatKernelsCannotRead() {
    DataSet wide = DataSet.of(new double[] {1, 2}, 1);
    assertThrows(InvalidInputException.class, wide::inPlace);
  }
}
