package dev.tweedie.prior;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltinTest {
  private static final int PIXELS = 28 * 28;

  private static int hash(Prior prior) {
    double[] values = new double[prior.components() * prior.dim()];
    Arrays.setAll(values, i -> prior.mean(i / prior.dim(), i % prior.dim()));
    return Arrays.hashCode(values);
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.prior.Builtin#names")
  void aNameAlwaysGivesTheSamePrior(String name) {
    assertEquals(hash(Builtin.parse(name)), hash(Builtin.parse(name)));
  }

  @Test
  void grid49HasUnitVarianceBetweenItsComponents() {
    Prior grid = Builtin.parse("grid49");
    assertEquals(49, grid.components());
    for (int j = 0; j < 2; j++) {
      double variance = 0;
      for (int k = 0; k < 49; k++) {
        variance += grid.weight(k) * grid.mean(k, j) * grid.mean(k, j);
      }
      assertEquals(0, grid.mean()[j], 1e-15); // a sum of 49 numbers below 2
      assertEquals(1, variance, 1e-14);
    }
  }

  @Test
  void ringsHaveTheirRadii() {
    Prior rings = Builtin.parse("rings");
    for (int i = 0; i < rings.components(); i++) {
      double radius = Math.hypot(rings.mean(i, 0), rings.mean(i, 1));
      assertEquals(0.5 * (1 + i / 200), radius, 1e-15);
    }
  }

  // ---- glyphs ----

  /** Ink of drawing i, and its pixels: columns of an array. */
  private static double[] drawing(DataSet glyphs, int i) {
    return IntStream.range(0, PIXELS).mapToDouble(p -> glyphs.mean(i, p)).toArray();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 99})
  void glyphsStayOnTheCanvasWithInkAndPaper(long seed) {
    DataSet glyphs = Builtin.glyphs(500, seed);
    for (int i = 0; i < 500; i++) {
      double[] pixels = drawing(glyphs, i);
      double ink = 0;
      for (int p = 0; p < PIXELS; p++) {
        assertTrue(pixels[p] >= 0 && pixels[p] <= 1);
        boolean border = p < 28 || p >= PIXELS - 28 || p % 28 == 0 || p % 28 == 27;
        assertTrue(!border || pixels[p] == 0, "ink on the border of drawing " + i);
        ink += pixels[p];
      }
      // a pen 2.2 pixels wide over strokes of 16 to 60 pixels
      assertTrue(ink > 30 && ink < 150, "ink of drawing " + i + ": " + ink);
    }
  }

  @Test
  void aSeedGivesTheSameDrawingsAndAnotherSeedOthers() {
    assertEquals(hash(Builtin.glyphs(20, 5)), hash(Builtin.glyphs(20, 5)));
    assertNotEquals(hash(Builtin.glyphs(20, 5)), hash(Builtin.glyphs(20, 6)));
  }

  @Test
  void aGlyphIsNearestToDrawingsOfItsOwnDigit() {
    DataSet known = Builtin.glyphs(3000, 1);
    DataSet fresh = Builtin.glyphs(100, 2);
    double[][] drawings =
        IntStream.range(0, 3000).mapToObj(k -> drawing(known, k)).toArray(double[][]::new);
    int right = 0;
    for (int i = 0; i < 100; i++) {
      double[] x = drawing(fresh, i);
      int best = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < drawings.length; k++) {
        double distance = 0;
        for (int p = 0; p < PIXELS; p++) {
          distance += (x[p] - drawings[k][p]) * (x[p] - drawings[k][p]);
        }
        if (distance < least) {
          least = distance;
          best = k;
        }
      }
      right += best % 10 == i % 10 ? 1 : 0;
    }
    // 300 drawings of each digit over four parameters: neighbours are near, and digits are apart
    assertEquals(100, right);
  }
}
