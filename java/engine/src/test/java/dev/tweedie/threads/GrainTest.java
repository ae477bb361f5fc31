package dev.tweedie.threads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The size of a chunk decides speed alone, and still has laws. */
class GrainTest {
  @Test
  void everyChunkIsPositiveAMultipleOfTheUnitAndFits() {
    long[] sizes = {1, 2, 13, 14, 15, 31, 32, 33, 255, 256, 1000, 65_537, 1L << 24, 1L << 40};
    Grain[] grains = {
      new Grain(1, 1, 1, 64),
      new Grain(32, 7, 128, 320),
      new Grain(32, 1 << 20, 128, 32),
      new Grain(14, 100, 84, Long.MAX_VALUE),
      Grain.ofElements(1),
      Grain.ofElements(1 << 20),
      Grain.ofFlops(32, 1e-3, 128, 1024),
      Grain.ofFlops(32, 1e12, 128, 1024)
    };
    for (Grain grain : grains) {
      for (long n : sizes) {
        for (int threads : new int[] {1, 2, 3, 64}) {
          long chunk = grain.chunk(n, threads);
          String which = grain + " of " + n + " for " + threads + " threads: " + chunk;
          assertTrue(chunk > 0 && chunk % grain.unit() == 0, which);
          assertTrue(chunk <= grain.largest(), which);
          long piecewise = grain.chunk(n, threads, 3);
          assertTrue(piecewise > 0 && piecewise % grain.unit() == 0, which + ", " + piecewise);
          assertTrue(piecewise <= grain.largest(), which + ", " + piecewise);
        }
      }
    }
  }

  @Test
  void threadsShareAlikeWhereAFinerCutCosts() {
    assertEquals(128, new Grain(32, 1, 128, 320).chunk(256, 2));
  }

  @Test
  void threadsTakeTurnsWhereThatCostsNothing() {
    assertEquals((1 << 24) / 8, new Grain(1, 1, 1, Long.MAX_VALUE).chunk(1 << 24, 2));
  }

  @Test
  void piecesMakeUpForFewItems() {
    Grain grain = new Grain(32, 1, 64, 320);
    assertEquals(64, grain.chunk(256, 2, 2)); // 4 x 2
    assertEquals(64, grain.chunk(256, 2, 8)); // 4 x 8: larger ones cost no less
    assertEquals(32, grain.chunk(64, 2, 2)); // 2 x 2: smaller ones cannot be
    assertFalse(grain.suffices(511, 2));
    assertTrue(grain.suffices(512, 2)); // 4 x 64 for each
  }

  @Test
  void littleWorkStaysInOneChunk() {
    assertTrue(Grain.ofElements(64).chunk(64, 2) >= 64);
    assertTrue(Grain.ofFlops(32, 4 * 16 * 32, 128, 1024).chunk(64, 2) >= 64);
  }
}
