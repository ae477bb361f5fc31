package dev.tweedie.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.io.Npy;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
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
        new MixtureParameters(WEIGHTS, MEANS, 3, start),
        engine,
        engine.samples(rows(240), 240),
        options);
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
      MixtureParameters last = fit(engine, Kind.FULL, new Covariance.Full(start), 12).parameters();
      assertEquals(1 / 3., last.weights()[2], tolerance(engine));
      assertArrayEquals(
          FULL_COVARIANCES, ((Covariance.Full) last.covariance()).matrices(), tolerance(engine));
    }
  }

  /** The rows of likelihoods.py. */
  private static double[] wideRows(int dim, double offset) {
    double[] x = new double[600 * dim];
    long state = 12345;
    for (int i = 0; i < 600; i++) {
      for (int j = 0; j < dim; j++) {
        state = (state * 1103515245 + 12345) % (1L << 31);
        x[dim * i + j] = state / (double) (1L << 31) - 0.5;
      }
      for (int j = 1; j < dim; j++) {
        x[dim * i + j] += .5 * x[dim * i + j - 1] * (i % 3);
      }
      for (int j = 0; j < dim; j++) {
        x[dim * i + j] += .25 * (i % 3 * (j % 2) + j % 3) + offset;
      }
    }
    return x;
  }

  private static Covariance ones(Kind kind, int dim) {
    double[] each = new double[3 * dim];
    Arrays.fill(each, 1);
    if (kind == Kind.ISOTROPIC) {
      return new Covariance.Isotropic(Arrays.copyOf(each, 3));
    }
    if (kind == Kind.DIAGONAL) {
      return new Covariance.Diagonal(each);
    }
    double[] matrices = new double[3 * dim * dim];
    for (int i = 0; i < 3 * dim; i++) {
      matrices[i * dim + i % dim] = 1;
    }
    return new Covariance.Full(matrices);
  }

  /**
   * d = 20: likelihoods are about 22, of which 2^-24 is 1.3e-6, four times for float32; float64 as
   * above. About 1e4: float32 rounds a number by 2^-10 / sqrt(12) = 2.8e-4 (root mean square) where
   * densities have slopes of 3.5, one over the rows' standard deviation, which moves the mean of
   * 600 rows of three by 7e-5, four times of that; float64 rounds rows and means by 1e-12, with the
   * same slope and a mean's rounding in each row alike.
   */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void wideAndFarRowsHaveTheLikelihoodsOfScikitLearnToo(String tier) throws IOException {
    requireLikelihoods(tier, 20, 0, "likelihoods-20-0.npy", 1e-12, 5.2e-6);
    requireLikelihoods(tier, 3, 1e4, "likelihoods-3-10000.npy", 1e-11, 2.8e-4);
  }

  private static void requireLikelihoods(
      String tier, int dim, double offset, String name, double float64, double float32)
      throws IOException {
    double[] x = wideRows(dim, offset);
    double[] means = Arrays.copyOf(x, 3 * dim);
    double[] weights = {1 / 3., 1 / 3., 1 / 3.};
    Kind[] kinds = {Kind.ISOTROPIC, Kind.DIAGONAL, Kind.FULL};
    try (Engine engine = Matrix.open(tier, 2);
        Arena arena = Arena.ofConfined()) {
      double[] golden = Npy.read(path(name), arena).toDoubles();
      for (int k = 0; k < 3; k++) {
        int iterations = golden.length / 3;
        FitOptions options =
            FitOptions.of(3, kinds[k]).withFloor(1e-3).withTolerance(0).withIterations(iterations);
        MixtureParameters start = new MixtureParameters(weights, means, dim, ones(kinds[k], dim));
        double[] found =
            MixtureFitter.fitFrom(start, engine, engine.samples(x, 600), options).logLikelihoods();
        assertArrayEquals(
            Arrays.copyOfRange(golden, k * iterations, (k + 1) * iterations),
            found,
            engine.backend().precision() == Precision.FLOAT64 ? float64 : float32,
            tier + " " + name + " " + kinds[k]);
      }
    }
  }

  private static Path path(String name) {
    try {
      return Path.of(GoldenFitTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
