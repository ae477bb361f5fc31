package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.prior.Builtin;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Numbers of a full-covariance mixture in three dimensions, computed independently in float64 with
 * matrix inverses instead of eigendecompositions.
 */
class GoldenNumbersTest {
  /** The numbers are printed with twelve decimals. */
  private static final double PRINTED = 1e-12;

  private static final double[] Y = {.3, .4, -.2, -1, 1, .5};

  private Engine engine;
  private ExactPosterior posterior;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 1);
    posterior = engine.posterior(Builtin.of("three-gaussians"));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Samples y() {
    return engine.samples(Y, 2);
  }

  private static double[] row(Samples samples, int row) {
    int dim = samples.dim();
    return Arrays.copyOfRange(samples.toDoubles(), row * dim, (row + 1) * dim);
  }

  @Test
  void evidenceMeanScoreAndCovarianceAtAVariancePreservingLevel() {
    Level level = Level.of(.8, .6);
    assertArrayEquals(
        new double[] {-3.141622585152, -3.728291179883},
        posterior.logEvidence(y(), level).toDoubles(),
        PRINTED);
    assertArrayEquals(
        new double[] {.904779181222, .078864564180, .016356254597},
        row(posterior.responsibilities(y(), level), 0),
        PRINTED);
    Samples mean = posterior.denoise(y(), level);
    assertArrayEquals(
        new double[] {.593280528430, .207620743694, -.783237928560}, row(mean, 0), PRINTED);
    assertArrayEquals(
        new double[] {-1.380673653530, 1.165246223900, .314310661593}, row(mean, 1), PRINTED);
    assertArrayEquals(
        new double[] {.485067840956, -.649731680680, -1.184973174578},
        row(posterior.score(y(), level), 0),
        PRINTED);
    assertArrayEquals(
        new double[] {.851990173904, 1.158947336616},
        posterior.covarianceTrace(y(), level).toDoubles(),
        PRINTED);
    // H_11 = -(1 - (a/s)^2 C_11) / s^2, so C_11 from the Hessian's first element
    assertEquals(
        (1 - .836939763432 * .36) * .36 / .64,
        posterior.covarianceDiagonal(y(), level).get(0, 0),
        PRINTED);
  }

  @Test
  void evidenceMeanAndCovarianceAtAVarianceExplodingLevel() {
    Level level = Level.ofSigma(.5);
    assertArrayEquals(
        new double[] {-3.741620916461, -4.234855864078},
        posterior.logEvidence(y(), level).toDoubles(),
        PRINTED);
    assertArrayEquals(
        new double[] {.487958711340, .214525126784, -.736475045146},
        row(posterior.denoise(y(), level), 0),
        PRINTED);
    assertArrayEquals(
        new double[] {.434571940815, .528859205261},
        posterior.covarianceTrace(y(), level).toDoubles(),
        PRINTED);
  }
}
