package dev.tweedie.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The log-likelihoods of scikit-learn 1.2.1's {@code GaussianMixture}, iteration by iteration from
 * the same start: 240 rows in three dimensions, {@code weights_init}, {@code means_init} and {@code
 * precisions_init} given, {@code reg_covar=1e-3}, {@code tol=0}.
 */
final class GoldenFitTest {
  private static final double[] WEIGHTS = {.5, .3, .2};
  private static final double[] MEANS = {.2, .1, -.1, 1.5, .5, .2, -.5, 1, 1};

  private static final double[] ISOTROPIC = {
    -4.35897743640678, -3.54776883852427, -3.00714856536115, -2.8853848555761,
    -2.87983289034254, -2.87955652429634, -2.87954574451111, -2.87954498749578,
    -2.87954489780602, -2.87954488566904, -2.87954488399142, -2.87954488375883
  };

  private static final double[] DIAGONAL = {
    -4.31247642816583, -2.98721308470498, -2.07391718693253, -1.86729267397925,
    -1.78828790814458, -1.78741891782032, -1.78741887160858, -1.78741887160259
  };

  private static final double[] FULL = {
    -4.48801765357078, -2.91665802975519, -2.21289730223328, -1.62566532449772,
    -1.61256182031471, -1.61256093057062, -1.61256093052318, -1.61256093052318
  };

  /** Covariances after twelve iterations. */
  private static final double[] FULL_COVARIANCES = {
    0.07927687742483754, 0.01738246735672564, -0.00500323241610446,
    0.01738246735672564, 0.33956187126980875, -0.00213384732785791,
    -0.00500323241610446, -0.00213384732785791, 0.0195782625557647,
    0.08383663518378448, 0.07579100350269648, 0.00689771414455394,
    0.07579100350269648, 0.43503962585954065, -0.00552716346198913,
    0.00689771414455394, -0.00552716346198913, 0.0219900573596502,
    0.0889271824212065, 0.18424620595735558, -0.00354348988663619,
    0.18424620595735558, 0.7080931211759302, -0.01242545044167251,
    -0.00354348988663619, -0.01242545044167251, 0.02274628042869211
  };

  /** Three groups, from a congruential generator that any language repeats exactly. */
  static double[] rows(int count) {
    double[] shifts = {0, 0, 0, 2, 1, 0, -1, 2, 1.5};
    double[] scales = {1, 2, .5};
    double[] x = new double[count * 3];
    long state = 12345;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < 3; j++) {
        state = (state * 1103515245 + 12345) % (1L << 31);
        x[3 * i + j] = (state / (double) (1L << 31) - 0.5) * scales[j];
      }
      x[3 * i + 1] += x[3 * i] * (i % 3);
      for (int j = 0; j < 3; j++) {
        x[3 * i + j] += shifts[3 * (i % 3) + j];
      }
    }
    return x;
  }

  private static MixtureFit fit(Engine engine, Kind kind, Covariance start, int iterations) {
    FitOptions options =
        FitOptions.of(3, kind).withFloor(1e-3).withTolerance(0).withIterations(iterations);
    return MixtureFitter.fitFrom(
        new MixtureFile(WEIGHTS, MEANS, 3, start), engine, engine.samples(rows(240), 240), options);
  }

  private static void check(Engine engine, Kind kind, Covariance start, double[] golden) {
    double[] found = fit(engine, kind, start, golden.length).logLikelihoods();
    assertArrayEquals(golden, found, tolerance(engine), engine.backend().name() + " " + kind);
  }

  /**
   * float64: the 15 digits printed, through a few dozen operations. float32: rows are rounded by
   * 2^-24 of 4, standard deviations here are 0.14 and more, so logits of about 5 move by 1e-5 at
   * most and their mean by less; rounding moves the path of the iteration by as much again.
   */
  private static double tolerance(Engine engine) {
    return engine.backend().precision() == Precision.FLOAT64 ? 1e-12 : 1e-5;
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void likelihoodsAreThoseOfScikitLearn(String tier) {
    try (Engine engine = Matrix.open(tier, 2)) {
      check(engine, Kind.ISOTROPIC, new Covariance.Isotropic(new double[] {1, 1, .5}), ISOTROPIC);
      check(
          engine,
          Kind.DIAGONAL,
          new Covariance.Diagonal(new double[] {1, .5, 1, 1, 1, 1, 2, 1, .5}),
          DIAGONAL);
      // the inverses of I, ((2, .5, 0), (.5, 1, 0), (0, 0, 1)) and I / 2
      double[] start = {
        1, 0, 0, 0, 1, 0, 0, 0, 1, //
        4 / 7., -2 / 7., 0, -2 / 7., 8 / 7., 0, 0, 0, 1, //
        2, 0, 0, 0, 2, 0, 0, 0, 2
      };
      check(engine, Kind.FULL, new Covariance.Full(start), FULL);
      MixtureFile last = fit(engine, Kind.FULL, new Covariance.Full(start), 12).parameters();
      assertEquals(1 / 3., last.weights()[2], tolerance(engine));
      assertArrayEquals(
          FULL_COVARIANCES, ((Covariance.Full) last.covariance()).matrices(), tolerance(engine));
    }
  }
}
