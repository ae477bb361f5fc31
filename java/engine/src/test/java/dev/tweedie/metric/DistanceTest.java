package dev.tweedie.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DistanceTest {
  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 1);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Samples normal(int rows, int dim, double shift, long seed) {
    Random random = new Random(seed);
    double[] values = new double[rows * dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian() + (i % dim == 0 ? shift : 0);
    }
    return engine.samples(values, rows);
  }

  @Test
  void wassersteinOnTheLineByHand() {
    // Sorted pairs (1, 2) and (3, 5).
    assertEquals(Math.sqrt(2.5), Wasserstein.line(new double[] {3, 1}, new double[] {2, 5}));
    assertEquals(0, Wasserstein.line(new double[] {1, 2, 3}, new double[] {3, 1, 2}));
    // 1 over [0, 1/2), 4 over [1/2, 1) against thirds 1, 1, 4: they differ on [1/2, 2/3) by 3.
    assertEquals(
        Math.sqrt(9 / 6.), Wasserstein.line(new double[] {4, 1}, new double[] {1, 4, 1}), 1e-15);
    assertEquals(0, Wasserstein.folded(new double[] {-1, 2}, new double[] {1, -2}));
    assertEquals(
        Math.sqrt(2), Wasserstein.folded(new double[] {-1, 3}, new double[] {1, -1}), 1e-15);
  }

  @Test
  void slicedOfAShiftIsTheShiftOverTheRootOfTheDimension() {
    Samples a = normal(500, 4, 0, 1);
    double[] moved = a.toDoubles();
    for (int i = 0; i < moved.length; i += 4) {
      moved[i] += 3;
    }
    Samples b = engine.samples(moved, 500);
    // W2^2 along theta is (3 theta_1)^2 exactly; theta_1^2 has mean 1/4 and variance 1/16, so the
    // mean over 4,000 directions is within four standard errors, .016, of it.
    double squared = Math.pow(Wasserstein.sliced(engine, a, b, 4000, 7), 2);
    assertEquals(9 / 4., squared, 9 * .016);
    assertEquals(Wasserstein.sliced(engine, a, b, 10, 7), Wasserstein.sliced(engine, a, b, 10, 7));
    Samples line = engine.samples(new double[] {1, 2, 5}, 3);
    Samples other = engine.samples(new double[] {0, 1}, 2);
    assertEquals(
        Wasserstein.line(line.toDoubles(), other.toDoubles()),
        Wasserstein.sliced(engine, line, other, 3, 1),
        1e-14);
  }

  @Test
  void meanDiscrepancyByHandAndByItsClosedForm() {
    Samples a = engine.samples(new double[] {0, 1}, 2);
    Samples b = engine.samples(new double[] {0, 2}, 2);
    double near = Math.exp(-.5);
    double far = Math.exp(-2);
    // Within a: near. Within b: far. Between: 1, far, near, near.
    double expected = near + far - 2 * (1 + far + 2 * near) / 4;
    assertEquals(expected, MeanDiscrepancy.squared(engine, a, b, 1), 1e-15);
    // N(0, 1) and N(m, 1), h = 1: E k = exp(-m^2 / 6) / sqrt(3). The estimate spreads by some
    // 2 / sqrt(n) times the kernel's deviation, .3.
    double closed = 2 / Math.sqrt(3) * (1 - Math.exp(-1 / 6.));
    double found = MeanDiscrepancy.squared(engine, normal(1500, 1, 0, 2), normal(1500, 1, 1, 3), 1);
    assertEquals(closed, found, 4 * 2 * .3 / Math.sqrt(1500));
    assertTrue(
        Math.abs(MeanDiscrepancy.squared(engine, normal(1000, 1, 0, 4), normal(1000, 1, 0, 5), 1))
            < .005);
  }

  @Test
  void divergenceOfGaussiansIsItsClosedForm() {
    // KL(N(0, 1) || N(1, 4)) = log 2 + (1 + 1) / 8 - 1 / 2, as noise of variance .5 on both.
    double closed = Math.log(2) + .25 - .5;
    ExactPosterior p = ExactPosterior.of(engine, gaussian(0, .5));
    ExactPosterior q = ExactPosterior.of(engine, gaussian(1, 3.5));
    Level level = Level.ofSigma(Math.sqrt(.5));
    Estimate drawn = KullbackLeibler.estimate(normal(20_000, 1, 0, 6), p, q, level);
    assertEquals(closed, drawn.value(), 4 * drawn.standardError());
    assertTrue(drawn.standardError() < .01, drawn.toString());
    double log = -Math.log(2 * Math.PI) / 2;
    double summed =
        KullbackLeibler.quadrature(
            x -> log - x * x / 2, x -> log - Math.log(2) - (x - 1) * (x - 1) / 8, -12, 12, 241);
    assertEquals(closed, summed, 1e-13);
  }

  private static GaussianMixture gaussian(double mean, double variance) {
    return new GaussianMixture(
        new double[] {1},
        new double[] {mean},
        1,
        new Covariance.Isotropic(new double[] {variance}));
  }

  @Test
  void estimateIsMeanAndStandardErrorByHand() {
    Estimate estimate = Estimate.mean(1, 2, 6);
    assertEquals(3, estimate.value());
    assertEquals(Math.sqrt((4 + 1 + 9) / 2. / 3), estimate.standardError(), 1e-15);
  }

  @Test
  void modesByHand() {
    GaussianMixture modes = (GaussianMixture) Builtin.parse("bimodal"); // -1 and 1, deviation .1
    // .39 and .41 from a mode: at either side of 4 deviations.
    ModeWeights found =
        ModeWeights.of(engine.samples(new double[] {-1, -1.39, 1.41, -.9}, 4), modes);
    assertEquals(.25, found.offModes());
    assertEquals((.25 + .25) / 2, found.totalVariation());
  }

  @Test
  void badInputIsRefused() {
    Samples line = engine.samples(new double[] {1, 2}, 2);
    Samples plane = engine.samples(new double[] {1, 2}, 1);
    GaussianMixture full = (GaussianMixture) Builtin.parse("three-gaussians");
    refused(() -> Wasserstein.line(new double[0], new double[] {1}));
    refused(() -> Wasserstein.folded(new double[] {1}, new double[] {Double.NaN}));
    refused(() -> Wasserstein.sliced(engine, line, plane, 1, 0));
    refused(() -> Wasserstein.sliced(engine, line, line, 0, 0));
    refused(() -> MeanDiscrepancy.squared(engine, line, line, 0));
    refused(() -> MeanDiscrepancy.squared(engine, plane, plane, 1));
    refused(() -> ModeWeights.of(engine.samples(new double[3], 1), full));
    refused(() -> ModeWeights.of(line, gaussian(0, 0)));
    refused(() -> ModeWeights.of(plane, (GaussianMixture) Builtin.parse("bimodal")));
    refused(() -> KullbackLeibler.estimate(plane, plane));
    refused(() -> KullbackLeibler.quadrature(x -> x, x -> x, 1, 0, 10));
  }

  private static void refused(Runnable call) {
    assertThrows(InvalidInputException.class, call::run);
  }

  /** Plain loops over differences in float64, which is what the engine's products must come to. */
  @Test
  void pairsOfAFloat32EngineAreThoseOfPlainLoops() {
    try (Engine engine = Engine.open("java:scalar", 2)) {
      double[] a = clusters(90, 17, 1e3, 8);
      double[] b = clusters(2100, 17, 1e3, 9); // more than a block
      Samples first = engine.samples(a, 90);
      Samples second = engine.samples(b, 2100);
      a = first.toDoubles();
      b = second.toDoubles();
      for (double bandwidth : new double[] {1e-3, .05, 1, 30}) {
        double expected =
            2 * pairs(a, a, 17, bandwidth) / (90. * 89)
                + 2 * pairs(b, b, 17, bandwidth) / (2100. * 2099)
                - 2 * (pairs(a, b, 17, bandwidth)) / (90. * 2100);
        // Each kernel is within 2 (17 + 2) roundings; the means of four times as many.
        assertEquals(
            expected,
            MeanDiscrepancy.squared(engine, first, second, bandwidth),
            4 * 2 * 19 * 0x1p-24);
      }
      Neighbours found = Neighbours.of(engine, first, second, 3);
      for (int i = 0; i < 90; i++) {
        double[] row = Arrays.copyOfRange(a, i * 17, (i + 1) * 17);
        double[] points = b;
        int[] nearest =
            IntStream.range(0, 2100)
                .boxed()
                .sorted(Comparator.comparingDouble(j -> square(row, 0, points, j * 17, 17)))
                .mapToInt(j -> j)
                .limit(3)
                .toArray();
        for (int rank = 0; rank < 3; rank++) {
          assertEquals(nearest[rank], found.row(i, rank));
          double distance = Math.sqrt(square(row, 0, points, nearest[rank] * 17, 17));
          // The common centre is subtracted in float64 from numbers of some 1e3.
          assertEquals(distance, found.distance(i, rank), 1e-11);
        }
      }
    }
  }

  /**
   * Rows whose products round at almost every step of a long chain, 41 roundings where those of
   * normal numbers are 4; and numbers whose squares leave float32.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 1e25, 1e-25})
  void neighboursOfHeavyTailsAndFarFromOneAreThoseOfPlainLoops(double scale) {
    try (Engine engine = Engine.open("java:scalar", 2)) {
      Random random = new Random(3);
      int dim = 400;
      double[] values = new double[200 * dim];
      for (int i = 0; i < values.length; i++) {
        values[i] = scale * Math.exp(3 * random.nextGaussian());
      }
      // Two nearest rows that differ from each other by less than float32 can tell of products.
      for (int i = 100; i < 200; i++) {
        for (int j = 0; j < dim; j++) {
          values[i * dim + j] = values[(i - 100) * dim + j] * (1 + 1e-6 * random.nextGaussian());
        }
      }
      Samples rows = engine.samples(values, 200);
      double[] known = rows.toDoubles();
      Neighbours found = Neighbours.of(engine, rows, rows, 2);
      for (int i = 0; i < 200; i++) {
        int row = i;
        assertEquals(i, found.row(i, 0));
        assertEquals(0, found.distance(i, 0));
        int next =
            IntStream.range(0, 200)
                .filter(j -> j != row)
                .boxed()
                .min(Comparator.comparingDouble(j -> square(known, row * dim, known, j * dim, dim)))
                .orElseThrow();
        assertEquals(next, found.row(i, 1));
        assertEquals(
            Math.sqrt(square(known, i * dim, known, next * dim, dim)),
            found.distance(i, 1),
            1e-13 * found.distance(i, 1));
      }
    }
  }

  /** Far from zero; pairs of rows that differ by 1e-3, as k-means' form of distances cannot see. */
  private static double[] clusters(int rows, int dim, double offset, long seed) {
    Random random = new Random(seed);
    double[] values = new double[rows * dim];
    for (int i = 0; i < rows; i++) {
      Random centre = new Random(i % 40);
      for (int j = 0; j < dim; j++) {
        values[i * dim + j] = offset + centre.nextGaussian() + 1e-3 * random.nextGaussian();
      }
    }
    return values;
  }

  /** Of different rows once each, where both are one array. */
  private static double pairs(double[] a, double[] b, int dim, double bandwidth) {
    double sum = 0;
    for (int i = 0; i < a.length; i += dim) {
      for (int j = a == b ? i + dim : 0; j < b.length; j += dim) {
        sum += Math.exp(-square(a, i, b, j, dim) / (2 * bandwidth * bandwidth));
      }
    }
    return sum;
  }

  private static double square(double[] a, int i, double[] b, int j, int dim) {
    double sum = 0;
    for (int c = 0; c < dim; c++) {
      sum += (a[i + c] - b[j + c]) * (a[i + c] - b[j + c]);
    }
    return sum;
  }

  @Test
  void neighboursByHand() {
    Samples points = engine.samples(new double[] {0, 4, 4, 1}, 4);
    Neighbours found = Neighbours.of(engine, engine.samples(new double[] {3.5, -1}, 2), points, 3);
    // Ties in order of rows.
    assertEquals("1 2 3", "%d %d %d".formatted(found.row(0, 0), found.row(0, 1), found.row(0, 2)));
    assertEquals(.5, found.distance(0, 1));
    assertEquals(0, found.row(1, 0));
    assertEquals(2, found.distance(1, 1));
    refused(() -> Neighbours.of(engine, points, points, 0));
    refused(() -> Neighbours.of(engine, points, points, 5));
    refused(() -> Neighbours.of(engine, points, engine.samples(new double[] {1, 2}, 1), 1));
    Samples bad = engine.samples(new double[] {Double.NaN}, 1);
    refused(() -> Neighbours.of(engine, points, bad, 1));
  }

  /** A bandwidth below every distance leaves the pairs of equal rows: none, or all of two. */
  @Test
  void theDiscrepancyOfABandwidthWhoseSquareIsZeroIsANumber() {
    try (Engine engine = Engine.open("reference", 1)) {
      Samples apart = engine.samples(new double[] {0, 1, 2}, 3);
      Samples others = engine.samples(new double[] {5, 6}, 2);
      assertEquals(0, MeanDiscrepancy.squared(engine, apart, others, 1e-300));
      Samples equal = engine.samples(new double[] {7, 7}, 2);
      assertEquals(1, MeanDiscrepancy.squared(engine, apart, equal, 1e-300)); // k(y, y') = 1 alone
    }
  }
}
