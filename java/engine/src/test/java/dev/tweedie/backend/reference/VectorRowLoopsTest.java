package dev.tweedie.backend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors round as the plain loops do, one number at a time. */
class VectorRowLoopsTest {
  private static final int ROWS = 64;

  private final SplittableRandom random = new SplittableRandom(3);
  private final RowLoops plain = new RowLoops();
  private RowLoops vectors;

  @BeforeEach
  void here() {
    vectors = RowLoops.here();
    Assumptions.assumeTrue(vectors instanceof VectorRowLoops, "no Vector API here");
  }

  private static void requireSame(double[] expected, double[] found, double[] of) {
    for (int i = 0; i < expected.length; i++) {
      int at = i;
      assertEquals(
          Double.doubleToLongBits(expected[i]),
          Double.doubleToLongBits(found[i]),
          () -> "of %a: %a, not %a".formatted(of[at], found[at], expected[at]));
    }
  }

  private void requireSameQuotients(double[] z, double p) {
    double[] nothing = new double[1];
    double[] ones = new double[z.length];
    Arrays.fill(ones, 1);
    double[] expected = new double[z.length];
    double[] found = new double[z.length];
    plain.subtractQuotients(z, nothing, new double[] {p}, 1, ones, z.length, expected);
    vectors.subtractQuotients(z, nothing, new double[] {p}, 1, ones, z.length, found);
    requireSame(expected, found, z);
  }

  /** Both significands random. */
  @Test
  void quotientsAreThoseOfDivisions() {
    for (int i = 0; i < 20_000; i++) {
      requireSameQuotients(random.doubles(ROWS, 1, 2).toArray(), random.nextDouble(1, 2));
    }
  }

  /**
   * Quotients next to the middle of two numbers, where a last bit of the inverse would show: z is
   * as close to {@code (q + ulp / 2) p} as float64 has it. Divisors of few and of all bits too.
   */
  @Test
  void quotientsNextToATieAreThoseOfDivisions() {
    double[] divisors = {1, Math.nextUp(1.0), Math.nextDown(2.0), 1.5, Math.nextDown(1.5)};
    for (int i = 0; i < 20_000; i++) {
      double p = i < divisors.length ? divisors[i] : random.nextDouble(1, 2);
      double[] z = new double[ROWS];
      for (int l = 0; l < ROWS; l++) {
        double q = random.nextDouble(1, 2);
        z[l] = Math.fma(q, p, Math.ulp(q) / 2 * p);
        z[l] = l % 3 == 0 ? z[l] : l % 3 == 1 ? Math.nextUp(z[l]) : Math.nextDown(z[l]);
      }
      requireSameQuotients(z, p);
    }
  }

  /** Zeros of both signs, subnormal numbers, and quotients that are subnormal. */
  @ParameterizedTest
  @ValueSource(doubles = {3, 0x1p-100, 0x1.8p100, 0x1.9p-101, 0x1.9p700, 1e-300})
  void quotientsOfAllSizesAreThoseOfDivisions(double p) {
    double[] z = new double[ROWS];
    for (int i = 0; i < 2000; i++) {
      for (int l = 0; l < ROWS; l++) {
        double size = Math.scalb(random.nextDouble(1, 2), random.nextInt(-1080, 700));
        z[l] = random.nextInt(20) == 0 ? 0 : size;
        z[l] = random.nextBoolean() ? z[l] : -z[l];
      }
      requireSameQuotients(z, p);
    }
  }

  @Test
  void severalComponentsAddUpInOrder() {
    int dim = 5;
    int n = 7;
    double[] x = random.doubles(dim * ROWS, -3, 3).toArray();
    double[] am = random.doubles(dim * 9, -3, 3).toArray();
    double[] m = random.doubles(dim * 9, -3, 3).toArray();
    double[] factor = random.doubles(9, .1, 3).toArray();
    double[] w = random.doubles(9 * ROWS).toArray();
    double[] expected = random.doubles(dim * ROWS).toArray();
    double[] found = expected.clone();
    plain.subtractQuotients(x, am, factor, n, w, ROWS, expected);
    vectors.subtractQuotients(x, am, factor, n, w, ROWS, found);
    requireSame(expected, found, x);
    plain.addAffine(x, am, m, factor, n, w, ROWS, expected);
    vectors.addAffine(x, am, m, factor, n, w, ROWS, found);
    requireSame(expected, found, x);
  }

  private void requireSameExponentials(double[] x) {
    double[] zero = new double[x.length];
    double[] expected = x.clone();
    double[] found = x.clone();
    plain.exponentials(expected, 0, zero);
    vectors.exponentials(found, 0, zero);
    requireSame(expected, found, x);
  }

  @Test
  void exponentialsAreThoseOfStrictMath() {
    for (int i = 0; i < 20_000; i++) {
      double least = -Math.scalb(1.0, random.nextInt(-32, 11));
      requireSameExponentials(random.doubles(ROWS, least, 0).toArray());
    }
  }

  /** Where its branches meet, and on both sides of zero. */
  @Test
  void exponentialsAreThoseOfStrictMathWhereItBranches() {
    double ln2 = Math.log(2);
    double[] points = {
      -ln2 / 2,
      -1.5 * ln2,
      -0x1p-28,
      -745.1332191019411,
      -708.3964185322641,
      -709.0895657128241,
      -1021 * ln2,
      -1022 * ln2,
      -1021.5 * ln2,
      -1e300,
      -0x1p-1074,
      0,
      -2.5 * ln2,
      -1000.5 * ln2
    };
    for (double point : points) {
      double[] near = new double[ROWS];
      for (int l = 0; l < ROWS; l++) {
        long bits = Double.doubleToLongBits(point);
        near[l] = point == 0 ? (l % 2 == 0 ? 0 : -0.0) : Double.longBitsToDouble(bits + l - 32);
      }
      requireSameExponentials(near);
      for (int l = 0; l < ROWS; l++) {
        near[l] = point + Math.abs(point) * (l - 32) * 0x1p-20; // high words that differ
      }
      requireSameExponentials(near);
    }
    double[] others = new double[ROWS];
    Arrays.fill(others, -1);
    others[3] = Double.NaN;
    others[9] = Double.NEGATIVE_INFINITY;
    others[10] = 3;
    others[11] = Double.POSITIVE_INFINITY;
    others[40] = Double.NEGATIVE_INFINITY;
    requireSameExponentials(others);
  }
}
