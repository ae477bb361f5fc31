package dev.tweedie.backend.java;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.backend.java.scalar.ScalarTile;
import dev.tweedie.backend.java.vector.VectorTile;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Both tiles against each other, bit for bit, and the product against one chain of fma. */
class TileTest {
  private static final int LANES = Tile.LANES;

  /** What a product must not touch on either side of its target. */
  private static final int MARGIN = LANES;

  private final SplittableRandom random = new SplittableRandom(5);
  private final Tile scalar = new ScalarTile();
  private Tile vector;

  @BeforeEach
  void open() {
    assumeTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "module jdk.incubator.vector is not in the boot layer");
    vector = new VectorTile();
  }

  private float[] numbers(int n) {
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return out;
  }

  /** Rows around the kernels of 12, 4, 2 and 1 rows; depths around the scalar stretch of 8. */
  @Test
  void aProductIsOneChainInIndexOrderAndWritesNothingElse() {
    for (int rows : new int[] {1, 2, 3, 4, 5, 11, 12, 13, 17, 28}) {
      for (int depth : new int[] {0, 1, 7, 8, 9, 31}) {
        for (boolean byRows : new boolean[] {true, false}) {
          int am = byRows ? depth + 1 : 1;
          int ak = byRows ? 1 : rows + 2;
          float[] a = numbers((rows + 2) * (depth + 2) + 3);
          float[] b = numbers(depth * LANES + 5);
          float[] start = numbers(2 * MARGIN + rows * LANES);
          float[] expected = start.clone();
          for (int i = 0; i < rows; i++) {
            for (int l = 0; l < LANES; l++) {
              int at = MARGIN + i * LANES + l;
              for (int p = 0; p < depth; p++) {
                expected[at] = Math.fma(a[3 + i * am + p * ak], b[5 + p * LANES + l], expected[at]);
              }
            }
          }
          for (Tile tile : new Tile[] {scalar, vector}) {
            float[] c = start.clone();
            tile.product(c, MARGIN, rows, a, 3, am, ak, b, 5, depth);
            assertArrayEquals(
                expected, c, tile.getClass() + " " + rows + " rows, depth " + depth + " " + byRows);
          }
          Arrays.fill(start, MARGIN, MARGIN + rows * LANES, 0);
          float[] fresh = start.clone();
          scalar.product(fresh, MARGIN, rows, a, 3, am, ak, b, 5, depth);
          for (Tile tile : new Tile[] {scalar, vector}) {
            float[] c = start.clone();
            Arrays.fill(c, MARGIN, MARGIN + rows * LANES, Float.NaN);
            tile.freshProduct(c, MARGIN, rows, a, 3, am, ak, b, 5, depth);
            assertArrayEquals(fresh, c, tile.getClass() + " from zero, " + rows + " rows");
          }
        }
      }
    }
  }

  @Test
  void aProductOfOneStepAddsAnOuterProduct() {
    float[] c = numbers(13 * LANES);
    float[] other = c.clone();
    float[] a = numbers(13);
    float[] b = numbers(LANES);
    scalar.product(c, 0, 13, a, 0, 1, 0, b, 0, 1);
    vector.product(other, 0, 13, a, 0, 1, 0, b, 0, 1);
    assertArrayEquals(c, other);
  }

  /** Components around the four that the vector tile takes together. */
  @Test
  void scaledSquaresAgree() {
    for (int components : new int[] {1, 3, 4, 5, 9}) {
      for (int n : new int[] {1, 2, 17}) {
        float[] x = numbers(n * LANES + LANES);
        float[] scale = numbers(components * n);
        float[] shift = numbers(components * n);
        float[] q = new float[components * LANES];
        float[] other = q.clone();
        scalar.scaledSquares(x, LANES, n, scale, shift, q, components);
        vector.scaledSquares(x, LANES, n, scale, shift, other, components);
        assertArrayEquals(q, other, components + " x " + n);
      }
    }
  }

  @Test
  void elementwiseOperationsAgree() {
    for (int n : new int[] {1, 2, 19}) {
      float[] x = numbers((n + 2) * LANES);
      float[] y = numbers((n + 2) * LANES);
      float[] s = numbers(n + 1);
      float[] h = numbers(n + 1);
      float[][] results = new float[2][];
      for (int i = 0; i < 2; i++) {
        Tile tile = i == 0 ? scalar : vector;
        float[] c = x.clone();
        float[] out = new float[n * LANES];
        float[] sum = Arrays.copyOf(x, LANES);
        tile.affine(y, LANES, n, s, 1, h, 1, out);
        tile.add(c, LANES, n, y, out);
        tile.multiply(c, LANES, n, s, 1, out);
        tile.add(c, 0, n, y, out);
        tile.multiply(c, n, y, s, out);
        tile.add(c, 0, n, y, out);
        tile.rescale(c, LANES, n, y);
        tile.multiply(c, n, y, out);
        tile.add(c, LANES, n, out);
        tile.rescaleAndAdd(c, LANES, n, y, out);
        tile.squares(c, LANES, n, sum, 0);
        tile.addVariance(c, LANES, n, y, out, x, s);
        tile.distances(out, x, y, LANES, n, sum);
        tile.addProduct(c, LANES, n, y, sum, out, x);
        tile.add(c, 0, 1, sum, out);
        results[i] = c;
      }
      assertArrayEquals(results[0], results[1], n + " elements");
    }
  }

  @Test
  void logitsAreAffineAndMoveTheMaximum() {
    int n = 7;
    float[] products = numbers(n * LANES);
    float[] scale = numbers(n);
    float[] slope = numbers(n);
    float[] shift = numbers(n);
    float[] y = numbers(2 * LANES);
    float[] start = numbers(LANES);
    products[3 * LANES + 5] = Float.NaN; // which no maximum may take
    for (Tile tile : new Tile[] {scalar, vector}) {
      float[] logits = products.clone();
      float[] sloped = products.clone();
      float[] top = start.clone();
      float[] topSloped = start.clone();
      tile.logits(logits, n, scale, shift, top);
      tile.logits(sloped, n, scale, slope, y, LANES, shift, topSloped);
      for (int l = 0; l < LANES; l++) {
        float largest = start[l];
        float largestSloped = start[l];
        for (int k = 0; k < n; k++) {
          int at = k * LANES + l;
          float logit = Math.fma(scale[k], products[at], shift[k]);
          float bias = Math.fma(slope[k], y[LANES + l], shift[k]);
          float other = Math.fma(scale[k], products[at], bias);
          assertEquals(logit, logits[at]);
          assertEquals(other, sloped[at]);
          largest = logit > largest ? logit : largest;
          largestSloped = other > largestSloped ? other : largestSloped;
        }
        assertEquals(largest, top[l]);
        assertEquals(largestSloped, topSloped[l]);
      }
    }
  }

  @Test
  void aMassIsReachedAtTheFirstComponentWhoseRunningSumIsNotLess() {
    float[] weights = new float[4 * LANES];
    float[] mass = new float[LANES];
    for (int l = 0; l < LANES; l++) {
      for (int k = 0; k < 4; k++) {
        weights[k * LANES + l] = k == 1 ? 0 : 1; // sums 1, 1, 2, 3
      }
      mass[l] = l % 8 / 2f;
    }
    float[] expected = {0, 0, 0, 2, 2, 3, 3, 4};
    for (Tile tile : new Tile[] {scalar, vector}) {
      float[] reached = new float[LANES];
      tile.reached(weights, 4, mass, reached);
      for (int l = 0; l < LANES; l++) {
        assertEquals(expected[l % 8], reached[l], "mass " + mass[l]);
      }
    }
  }

  @Test
  void aComponentWeighsWhereOneLaneDoes() {
    float[] weights = new float[6 * LANES];
    weights[LANES] = 1;
    weights[4 * LANES - 1] = Float.MIN_VALUE;
    for (Tile tile : new Tile[] {scalar, vector}) {
      int[] picked = new int[6];
      assertEquals(2, tile.weighing(weights, 6, picked));
      assertEquals(1, picked[0]);
      assertEquals(3, picked[1]);
    }
  }

  @Test
  void pullsScaleTheWeightsAndSlopesAreSummedInOrder() {
    int n = 9;
    float[] weights = numbers(n * LANES);
    float[] pull = numbers(n);
    float[] slope = numbers(n);
    float[] start = numbers(2 * LANES);
    for (Tile tile : new Tile[] {scalar, vector}) {
      float[] pulled = new float[n * LANES];
      float[] sum = start.clone();
      tile.pull(weights, n, pull, slope, pulled, sum, LANES);
      for (int l = 0; l < LANES; l++) {
        float expected = start[LANES + l];
        for (int k = 0; k < n; k++) {
          assertEquals(weights[k * LANES + l] * pull[k], pulled[k * LANES + l]);
          expected = Math.fma(slope[k], weights[k * LANES + l], expected);
        }
        assertEquals(expected, sum[LANES + l]);
        assertEquals(start[l], sum[l]);
      }
    }
  }

  /** Zero times infinity would be NaN, and which lanes get there depends on the tile's width. */
  @Test
  void aFactorThatOverflowedDoesNotReachRowsThatItsComponentDoesNotWeighFor() {
    float[] w = new float[LANES];
    float[] factor = new float[LANES];
    float[] one = new float[LANES];
    Arrays.fill(factor, Float.POSITIVE_INFINITY);
    Arrays.fill(one, 1);
    for (Tile tile : new Tile[] {scalar, vector}) {
      float[] part = one.clone();
      tile.addProduct(part, 0, 1, w, factor, one, one);
      assertArrayEquals(one, part);
    }
  }

  private AffineMoments moments(int components, int dim, boolean isotropic) {
    AffineMoments moments = new AffineMoments(components, dim, isotropic);
    for (float[] column : new float[][] {moments.slope, moments.pull, moments.spread}) {
      System.arraycopy(numbers(column.length), 0, column, 0, column.length);
    }
    return moments;
  }

  /** Picked components around the four that the vector tile takes together; some lanes at zero. */
  @Test
  void secondMomentsAreSumsOverThePickedComponentsInOrder() {
    int[] all = {0, 2, 3, 4, 6, 7, 8, 9, 11};
    for (boolean isotropic : new boolean[] {true, false}) {
      for (int n : new int[] {1, 3, 4, 5, 9}) {
        for (int dim : new int[] {1, 2, 19}) {
          AffineMoments moments = moments(12, dim, isotropic);
          float[] weights = numbers(12 * LANES);
          for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.max(0, weights[i]);
          }
          float[] x = numbers((dim + 1) * LANES);
          float[] mean = numbers((dim + 1) * LANES);
          float[] v = numbers((dim + 1) * LANES);
          float[] start = numbers((dim + 1) * LANES);
          float[] times = start.clone();
          float[] variance = start.clone();
          for (int i = 0; i < n; i++) {
            for (int l = 0; l < LANES; l++) {
              addMoments(moments, all[i], l, weights, x, mean, v, times, variance);
            }
          }
          String what = n + " components, dimension " + dim + ", isotropic: " + isotropic;
          for (Tile tile : new Tile[] {scalar, vector}) {
            float[] part = start.clone();
            float[] along = new float[AffineMoments.TOGETHER * LANES];
            tile.addTimes(moments, all, n, weights, x, mean, v, LANES, along, part);
            assertArrayEquals(times, part, what);
            part = start.clone();
            tile.addVariance(moments, all, n, weights, x, mean, LANES, part);
            assertArrayEquals(variance, part, what);
          }
        }
      }
    }
  }

  /** Of one component and lane, from the second row of lanes on. */
  private static void addMoments(
      AffineMoments moments,
      int k,
      int lane,
      float[] weights,
      float[] x,
      float[] mean,
      float[] v,
      float[] times,
      float[] variance) {
    float w = weights[k * LANES + lane];
    float[] t = new float[moments.dim];
    float along = 0;
    for (int j = 0; j < t.length; j++) {
      int at = (j + 1) * LANES + lane;
      t[j] = Math.fma(moments.slope(k, j), x[at], moments.pull(k, j)) - mean[at];
      along = Math.fma(t[j], v[at], along);
    }
    for (int j = 0; j < t.length; j++) {
      int at = (j + 1) * LANES + lane;
      float spread = moments.spread(k, j);
      times[at] = w > 0 ? Math.fma(w, Math.fma(along, t[j], spread * v[at]), times[at]) : times[at];
      variance[at] = Math.fma(w, Math.fma(t[j], t[j], spread), variance[at]);
    }
  }

  /** As in a product of their own: a chain of theirs may have overflowed too. */
  @Test
  void picksThatDoNotWeighForARowLeaveIt() {
    AffineMoments moments = new AffineMoments(5, 1, true);
    Arrays.fill(moments.pull, 1e30f);
    float[] zeros = new float[LANES];
    float[] v = new float[LANES];
    float[] start = numbers(LANES);
    Arrays.fill(v, 1e30f);
    for (int n : new int[] {1, 4, 5}) {
      for (Tile tile : new Tile[] {scalar, vector}) {
        float[] part = start.clone();
        float[] along = new float[AffineMoments.TOGETHER * LANES];
        int[] picked = {0, 1, 2, 3, 4};
        tile.addTimes(moments, picked, n, new float[5 * LANES], zeros, zeros, v, 0, along, part);
        assertArrayEquals(start, part);
      }
    }
  }

  @Test
  void squaredDistancesAgree() {
    for (int components : new int[] {1, 3, 4, 5, 9}) {
      for (int n : new int[] {1, 2, 17}) {
        float[] x = numbers(n * LANES + LANES);
        int stride = n + 3;
        float[] m = numbers(2 + components * stride);
        float[] q = numbers(components * LANES); // to be written over
        float[] other = q.clone();
        scalar.squaredDistances(x, LANES, n, m, 2, stride, q, components);
        vector.squaredDistances(x, LANES, n, m, 2, stride, other, components);
        assertArrayEquals(q, other, components + " x " + n);
        for (int k = 0; k < components; k++) {
          float expected = 0;
          for (int i = 0; i < n; i++) {
            float z = x[(i + 1) * LANES + 3] - m[2 + k * stride + i];
            expected = Math.fma(z, z, expected);
          }
          assertEquals(expected, q[k * LANES + 3]);
        }
      }
    }
  }

  /** Columns of a component's own, and shared ones. */
  @Test
  void theLargestLogitIsThatOfSomeLevel() {
    int n = 3;
    for (int levels : new int[] {1, 2, 7}) {
      for (int own : new int[] {levels, 0}) {
        float[] q = numbers(n * LANES);
        q[LANES] = Float.POSITIVE_INFINITY; // times zero, NaN, which no maximum may take
        float[] scale = numbers(n * levels);
        float[] shift = numbers(n * levels);
        scale[levels == 1 ? 0 : 1] = 0;
        for (Tile tile : new Tile[] {scalar, vector}) {
          float[] best = new float[n * LANES];
          tile.largestOfLevels(q, n, levels, scale, own, shift, levels, best);
          for (int k = 0; k < n; k++) {
            float[] logits = new float[levels * LANES];
            tile.logitsOfLevels(q, k * LANES, levels, scale, k * own, shift, k * levels, logits);
            for (int l = 0; l < LANES; l++) {
              float expected = -Float.MAX_VALUE;
              for (int s = 0; s < levels; s++) {
                float a = scale[k * own + s];
                float logit = Math.fma(q[k * LANES + l], a, shift[k * levels + s]);
                assertEquals(logit, logits[s * LANES + l]);
                expected = logit > expected ? logit : expected;
              }
              assertEquals(expected, best[k * LANES + l]);
            }
          }
        }
      }
    }
  }

  /** Math.max and FloatVector.max would let one NaN take the whole row. */
  @Test
  void aLogitThatIsNotANumberWeighsNothing() {
    int n = 5;
    float[] logits = numbers(n * LANES);
    for (int l = 0; l < LANES; l += 3) {
      logits[2 * LANES + l] = Float.NaN;
      logits[3 * LANES + l] = Float.NEGATIVE_INFINITY;
    }
    float[] start = new float[LANES];
    Arrays.fill(start, -Float.MAX_VALUE);
    for (Tile tile : new Tile[] {scalar, vector}) {
      float[] top = new float[LANES];
      float[] weights = new float[n * LANES];
      float[] sum = new float[LANES];
      tile.maximum(logits, n, start, 0, top);
      tile.weights(logits, n, top, 0, weights, sum);
      for (int l = 0; l < LANES; l++) {
        float expected = 0;
        float largest = 0;
        for (int k = 0; k < n; k++) {
          float w = Formula.weight(logits[k * LANES + l] - top[l]);
          assertEquals(w, weights[k * LANES + l], 0f);
          expected += w;
          largest = Math.max(largest, w);
        }
        assertEquals(1, largest, 0f, "the largest logit is the maximum");
        assertEquals(expected, sum[l], 0f);
      }
    }
  }
}
