package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.curvature.Curvature;
import dev.tweedie.prior.Builtin;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Numbers of a full-covariance mixture in three dimensions, computed independently in float64 with
 * matrix inverses instead of eigendecompositions; on every backend.
 */
class GoldenNumbersTest {
  /** The numbers are printed with twelve decimals. */
  private static final double PRINTED = 1e-12;

  /**
   * Of numbers up to 4.3 in float32: y is rounded to begin with, which the score's slope of 3
   * magnifies, then some 16 roundings of 2^-24 each.
   */
  private static final double ROUNDED = 20 * 4.3 * 0x1p-24;

  private static final double[] Y = {.3, .4, -.2, -1, 1, .5};

  private static double tolerance(Engine engine) {
    return engine.backend().precision() == Precision.FLOAT64 ? PRINTED : ROUNDED;
  }

  private static double[] row(Samples samples, int row) {
    int dim = samples.dim();
    return Arrays.copyOfRange(samples.toDoubles(), row * dim, (row + 1) * dim);
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void aVariancePreservingLevel(String tier) {
    Level level = Level.of(.8, .6);
    try (Engine engine = Matrix.open(tier, 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"));
      double tolerance = tolerance(engine);
      Samples y = engine.samples(Y, 2);
      assertArrayEquals(
          new double[] {-3.141622585152, -3.728291179883},
          posterior.logEvidence(y, level).toDoubles(),
          tolerance);
      assertArrayEquals(
          new double[] {.904779181222, .078864564180, .016356254597},
          row(posterior.responsibilities(y, level), 0),
          tolerance);
      Samples mean = posterior.denoise(y, level);
      assertArrayEquals(
          new double[] {.593280528430, .207620743694, -.783237928560}, row(mean, 0), tolerance);
      assertArrayEquals(
          new double[] {-1.380673653530, 1.165246223900, .314310661593}, row(mean, 1), tolerance);
      assertArrayEquals(
          new double[] {.485067840956, -.649731680680, -1.184973174578},
          row(posterior.score(y, level), 0),
          tolerance);
      Curvature curvature = new Curvature(posterior, level);
      assertArrayEquals(
          new double[] {.851990173904, 1.158947336616}, curvature.trace(y).toDoubles(), tolerance);
      assertArrayEquals(
          new double[] {.850758454690, 1.083036673668},
          curvature.localisation(y).toDoubles(),
          tolerance);
      Samples hessian = curvature.hessian(y);
      assertEquals(-.836939763432, hessian.get(0, 0), tolerance);
      assertEquals(-.401459838642, hessian.get(0, 1), tolerance);
      assertEquals(-.401459838642, hessian.get(0, 3), tolerance);
      assertEquals(-.836939763432, posterior.hessianDiagonal(y, level).get(0, 0), tolerance);
      // H_11 = -(1 - (a/s)^2 C_11) / s^2
      double c11 = (1 - .836939763432 * .36) * .36 / .64;
      assertEquals(c11, curvature.diagonal(y).get(0, 0), tolerance);
      assertEquals(c11, curvature.covariance(y).get(0, 0), tolerance);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void aVarianceExplodingLevel(String tier) {
    Level level = Level.ofSigma(.5);
    try (Engine engine = Matrix.open(tier, 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"));
      double tolerance = tolerance(engine);
      Samples y = engine.samples(Y, 2);
      assertArrayEquals(
          new double[] {-3.741620916461, -4.234855864078},
          posterior.logEvidence(y, level).toDoubles(),
          tolerance);
      assertArrayEquals(
          new double[] {.487958711340, .214525126784, -.736475045146},
          row(posterior.denoise(y, level), 0),
          tolerance);
      Curvature curvature = new Curvature(posterior, level);
      assertArrayEquals(
          new double[] {.434571940815, .528859205261}, curvature.trace(y).toDoubles(), tolerance);
      assertArrayEquals(
          new double[] {.877671676941, .875019298451},
          curvature.localisation(y).toDoubles(),
          tolerance);
    }
  }
}
