package dev.tweedie.prior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a prior refuses, each with its one line, and what it must not refuse. */
class PriorInputTest {
  private static final double[] ONE = {1};

  private static void refused(String message, Executable work) {
    assertEquals(message, assertThrows(InvalidInputException.class, work).getMessage());
  }

  private static GaussianMixture weighted(double... weights) {
    double[] means = new double[2 * weights.length];
    return new GaussianMixture(
        weights, means, 2, new Covariance.Isotropic(new double[weights.length]));
  }

  /** One component at zero in two dimensions. */
  private static GaussianMixture single(Covariance covariance) {
    return new GaussianMixture(ONE, new double[2], 2, covariance);
  }

  private static GaussianMixture full(double... matrix) {
    return single(new Covariance.Full(matrix));
  }

  @Test
  void weights() {
    refused("weights: found none, allowed: at least one component", () -> weighted());
    refused("weights[1]: found -0.5, allowed: finite and >= 0", () -> weighted(1, -.5));
    refused("weights[0]: found NaN, allowed: finite and >= 0", () -> weighted(Double.NaN, 1));
    refused(
        "weights[0]: found Infinity, allowed: finite and >= 0",
        () -> weighted(Double.POSITIVE_INFINITY));
    refused("weights: their sum is 0.0, allowed: finite and > 0", () -> weighted(0, 0));
    assertEquals(0.25, weighted(2, 6).weight(0));
    assertEquals(0, weighted(0, 6).weight(0));
  }

  @Test
  void sizesAndDimensions() {
    Covariance unit = new Covariance.Isotropic(ONE);
    refused(
        "dimension: found 0, allowed: at least 1",
        () -> new GaussianMixture(ONE, new double[0], 0, unit));
    refused(
        "means: found 3 numbers, allowed: 2",
        () -> new GaussianMixture(ONE, new double[3], 2, unit));
    refused(
        "means[1]: found NaN, allowed: finite numbers",
        () -> new GaussianMixture(ONE, new double[] {0, Double.NaN}, 2, unit));
    refused(
        "covariances: found 2 numbers, allowed: 1",
        () -> single(new Covariance.Isotropic(new double[2])));
    refused(
        "covariances: found 3 numbers, allowed: 2",
        () -> single(new Covariance.Diagonal(new double[3])));
    refused("covariances: found 3 numbers, allowed: 4", () -> full(1, 0, 0));
  }

  @Test
  void tooManyNumbersForAnArray() {
    // 46,341^2 is the first square beyond 2^31; the sum of sizes must not wrap around
    refused(
        "covariances: these are 2147488281 numbers, allowed: at most 2147483647",
        () ->
            new GaussianMixture(
                ONE, new double[46_341], 46_341, new Covariance.Full(new double[1])));
  }

  @Test
  void variances() {
    refused(
        "covariances[0]: found -1.0, allowed: finite and >= 0",
        () -> single(new Covariance.Isotropic(new double[] {-1})));
    refused(
        "covariances[1]: found NaN, allowed: finite and >= 0",
        () -> single(new Covariance.Diagonal(new double[] {1, Double.NaN})));
    refused(
        "covariances[0]: found -0.1, allowed: finite and >= 0",
        () -> single(new Covariance.LowRank(new double[2], 1, new double[] {-.1})));
  }

  @Test
  void lowRankFactors() {
    refused(
        "factors: found rank 3, allowed: 1 to the dimension 2",
        () -> single(new Covariance.LowRank(new double[6], 3, ONE)));
    refused(
        "factors: found rank 0, allowed: 1 to the dimension 2",
        () -> single(new Covariance.LowRank(new double[0], 0, ONE)));
    refused(
        "factors: found 3 numbers, allowed: 2",
        () -> single(new Covariance.LowRank(new double[3], 1, ONE)));
    refused(
        "factors[1]: found Infinity, allowed: finite numbers",
        () -> single(new Covariance.LowRank(new double[] {0, Double.POSITIVE_INFINITY}, 1, ONE)));
    refused(
        "covariances: found 2 numbers, allowed: 1",
        () -> single(new Covariance.LowRank(new double[2], 1, new double[2])));
  }

  @Test
  void fullCovariances() {
    refused(
        "covariances[0]: found 0.5 at (1, 0) and 0.0 at (0, 1), allowed: symmetric",
        () -> full(1, 0, .5, 1));
    refused(
        "covariances[0]: found 0.0 at (1, 0) and 1.0 at (0, 1), allowed: symmetric",
        () -> full(0, 1, 0, 0));
    refused("covariances[3]: found NaN, allowed: finite numbers", () -> full(1, 0, 0, Double.NaN));
    refused("covariances[0]: found eigenvalue -1.0, allowed: >= 0", () -> full(-1, 0, 0, 1));
    String message = assertThrows(InvalidInputException.class, () -> full(0, 1, 1, 0)).getMessage();
    assertEquals("covariances[0]: found eigenvalue -1", message.split("\\.|, ")[0]);
  }

  @Test
  void zeroAndSingularCovariancesAndFloat32RoundingAreAllowed() {
    assertArrayEquals(new double[2], full(0, 0, 0, 0).spectrum().values());
    assertEquals(2, largest(full(1, 1, 1, 1)), 1e-15);
    // the off-diagonal elements as float32 files carry them
    assertEquals(2, largest(full(1, 1 + 6e-8, 1, 1)), 1e-7);
    single(new Covariance.Isotropic(new double[1]));
    single(new Covariance.Diagonal(new double[] {0, 1}));
    GaussianMixture zeroFactors = single(new Covariance.LowRank(new double[4], 2, new double[1]));
    assertArrayEquals(new double[4], zeroFactors.spectrum().basis());
  }

  private static double largest(GaussianMixture mixture) {
    double[] values = mixture.spectrum().values();
    return Math.max(values[0], values[1]);
  }

  @Test
  void laterWritesDoNotReachAMixture() {
    double[] means = {1, 2};
    double[] variances = {3};
    double[] matrix = {1, 0, 0, 2};
    GaussianMixture full = full(matrix);
    var mixture = new GaussianMixture(ONE, means, 2, new Covariance.Isotropic(variances));
    means[0] = variances[0] = matrix[3] = 7;
    assertEquals(1, mixture.mean(0, 0));
    assertArrayEquals(new double[] {3}, ((Covariance.Isotropic) mixture.covariance()).variances());
    assertEquals(2, largest(full), 1e-15);
  }

  @Test
  void dataSets() {
    refused(
        "data set: found 3 numbers, allowed: a multiple of the dimension 2",
        () -> DataSet.of(new double[3], 2));
    refused(
        "data set: found 0 numbers, allowed: a multiple of the dimension 2",
        () -> DataSet.of(new float[0], 2));
    refused("dimension: found 0, allowed: at least 1", () -> DataSet.of(new double[3], 0));
    refused(
        "data set: found NaN in row 1, allowed: finite numbers",
        () -> DataSet.of(new float[] {1, 2, 3, Float.NaN}, 2));
    DataSet points = DataSet.of(new double[4], 2);
    refused(
        "weights: found 3, allowed: one for each of 2 points",
        () -> points.withWeights(new double[3]));
    refused(
        "weights: their sum is 0.0, allowed: finite and > 0",
        () -> points.withWeights(new double[2]));
    try (Arena arena = Arena.ofConfined()) {
      refused(
          "data set: found 8 bytes, allowed: 16",
          () -> new DataSet(arena.allocate(8), Precision.FLOAT32, 2, 2));
      refused(
          "data set: found 0 x 2, allowed: at least one point of dimension 1",
          () -> new DataSet(arena.allocate(8), Precision.FLOAT32, 0, 2));
    }
  }

  @Test
  void unknownBuiltin() {
    refused(
        "builtin: found 'glyph', allowed: glyphs, grid49, two-points, rings, bimodal, circle8,"
            + " three-gaussians, random-mixture",
        () -> Builtin.parse("glyph"));
    refused("glyphs: found 0, allowed: at least 1", () -> Builtin.glyphs(0, 1));
  }
}
