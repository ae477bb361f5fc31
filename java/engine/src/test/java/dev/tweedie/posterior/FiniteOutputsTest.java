package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows and levels whose squares, columns or biases leave float32: what float32 can hold is computed
 * right, the rest is refused by its row. A bias beyond float32 is not the mark of weight zero.
 */
class FiniteOutputsTest {
  private static final double[] POINTS = {0, 0, 3, 1, -3, 5};

  private static List<Covariance> covariances() {
    return List.of(
        new Covariance.Isotropic(new double[] {1, 1}),
        new Covariance.Isotropic(new double[] {1, 2}),
        new Covariance.Diagonal(new double[] {1, 2, 2, 1}),
        new Covariance.LowRank(new double[] {0, .5, .5, 0}, 1, new double[] {1, 2}),
        new Covariance.Full(new double[] {1, .5, .5, 1, 2, 0, 0, 2}));
  }

  private static GaussianMixture mixture(Covariance covariance) {
    return new GaussianMixture(new double[] {.5, .5}, new double[] {1, 0, -1, 0}, 2, covariance);
  }

  private static float[] values(Samples samples) {
    double[] exact = samples.toDoubles();
    float[] out = new float[exact.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) exact[i];
    }
    return out;
  }

  /** Each row is a point: its bias is -|m|^2 / (2 sigma^2), -1.5e31 and below, and not weight 0. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void pointsAtTinySigmaAreTheirOwnMeans(String backend) {
    float[] rows = {-3, 5, 0, 0, 3, 1};
    try (Engine engine = Matrix.open(backend, 1)) {
      for (double sigma : new double[] {1e-12, 1e-15, 1e-18, 1e-25, 1e-60}) {
        Level level = Level.ofSigma(sigma);
        try (ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(POINTS, 2))) {
          Samples x = engine.samples(rows, 3);
          String what = backend + " at " + sigma;
          float[] shares = {0, 0, 1, 1, 0, 0, 0, 1, 0};
          assertArrayEquals(shares, values(posterior.responsibilities(x, level)), what);
          assertArrayEquals(rows, values(posterior.denoise(x, level)), what);
          assertArrayEquals(new float[3], values(posterior.covarianceTrace(x, level)), what);
          double evidence = Math.log(1 / 3.) - Math.log(2 * Math.PI) - 2 * Math.log(sigma);
          double found = posterior.logEvidence(x, level).toDoubles()[1];
          assertEquals(evidence, found, evidence * 0x1p-23, what);
          Samples drawn = engine.samples(3, 2);
          posterior.draw(x, level, Level.CLEAN, NoiseAddress.of(1, 0, 1), drawn);
          assertArrayEquals(rows, values(drawn), what);
          if (sigma >= 1e-18) { // else 1 / sigma^2, of every score, is beyond float32
            assertArrayEquals(new float[6], values(posterior.score(x, level)), what);
          }
        }
      }
    }
  }

  /** A component without weight beside one whose bias leaves float32: a value of each kind. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void weightZeroStaysZero(String backend) {
    double[] means = {0, 0, 3, 1, 3, 1};
    try (Engine engine = Matrix.open(backend, 1)) {
      for (Covariance covariance :
          List.of(
              new Covariance.Isotropic(new double[] {0, 0, 0}),
              new Covariance.Diagonal(new double[6]),
              new Covariance.Full(new double[12]))) {
        var prior = new GaussianMixture(new double[] {.5, 0, .5}, means, 2, covariance);
        try (ExactPosterior posterior = ExactPosterior.of(engine, prior)) {
          for (double sigma : new double[] {1, 1e-15}) {
            Samples x = engine.samples(new float[] {3, 1, 1e10f, 1e10f}, 2);
            float[] found = values(posterior.responsibilities(x, Level.ofSigma(sigma)));
            String what = backend + " " + covariance + " " + sigma;
            assertEquals(0, found[1], what);
            assertEquals(sigma < 1 ? 1 : 1 / (1 + Math.exp(-5)), found[2], 1e-6, what);
            assertArrayEquals(new float[] {0, 0, 1}, new float[] {found[3], found[4], found[5]});
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void aHugeAlphaIsNoNumberOfItsOwnKind(String backend) {
    Level level = Level.of(1e20, 1);
    float[] rows = {3e20f, 1e20f, 0, 0, -3e20f, 5e20f};
    try (Engine engine = Matrix.open(backend, 1);
        ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(POINTS, 2))) {
      float[] means = values(posterior.denoise(engine.samples(rows, 3), level));
      assertArrayEquals(new float[] {3, 1, 0, 0, -3, 5}, means, 1e-6f, backend);
    }
  }

  /** Fill values such as 1e20 in a row of their own, beside one that is ordinary. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void rowsWhoseSquaresOverflowAreRight(String backend) {
    float[] rows = {1e20f, 0, 0, 1, -1e20f, 1e20f, 1e25f, -3};
    Level level = Level.of(1, 1);
    try (Engine engine = Matrix.open(backend, 1);
        Engine exact = Engine.open("reference", 1)) {
      for (Covariance covariance : covariances()) {
        GaussianMixture prior = mixture(covariance);
        try (ExactPosterior found = ExactPosterior.of(engine, prior);
            ExactPosterior right = ExactPosterior.of(exact, prior)) {
          List<double[]> expected = outputs(exact, right, rows, level);
          List<double[]> all = outputs(engine, found, rows, level);
          for (int o = 0; o < expected.size(); o++) {
            double[] wanted = expected.get(o);
            for (int i = 0; i < wanted.length; i++) {
              double tolerance = 4e-6 * Math.max(1, Math.abs(wanted[i]));
              String what = backend + " " + covariance + ", output " + o + ", number " + i;
              assertEquals(wanted[i], all.get(o)[i], Math.max(tolerance, near(o, wanted)), what);
            }
          }
        }
      }
    }
  }

  /** Mean and score mix the coordinates of a row. */
  private static double near(int output, double[] wanted) {
    return output == 1 || output == 2 ? 4e-6 * 1e25 : 0;
  }

  private static List<double[]> outputs(
      Engine engine, ExactPosterior posterior, float[] rows, Level level) {
    Samples x = engine.samples(rows, 4);
    return List.of(
        posterior.responsibilities(x, level).toDoubles(),
        posterior.denoise(x, level).toDoubles(),
        posterior.score(x, level).toDoubles(),
        posterior.covarianceDiagonal(x, level).toDoubles());
  }

  private static void refused(String what, int row, Executable call) {
    String found = assertThrows(InvalidInputException.class, call, what).getMessage();
    assertTrue(found.contains("row " + row + ": found a result that is not finite"), found);
  }

  /** What float32 cannot hold: an exception with the row, of every op, and none of its outputs. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void whatFloat32CannotHoldIsRefusedByItsRow(String backend) {
    try (Engine engine = Matrix.open(backend, 1)) {
      assumeTrue(engine.backend().precision() == Precision.FLOAT32, backend + " holds it");
      List<Prior> priors = new ArrayList<>();
      covariances().forEach(covariance -> priors.add(mixture(covariance)));
      for (Prior prior : priors) {
        try (ExactPosterior posterior = ExactPosterior.of(engine, prior);
            PreparedPrior prepared = engine.backend().prepare(prior)) {
          Samples x = engine.samples(new float[] {0, 1, 1, 0, 1e25f, 1e25f}, 3);
          String what = backend + " " + prior;
          refused(what, 2, () -> posterior.logEvidence(x, Level.of(1, 1)).toDoubles());
          Samples near = engine.samples(new float[] {0, 1, 1, 0}, 2);
          Samples far = engine.samples(2, 2);
          far.write(new float[] {1, 1, 3e38f, 3e38f});
          Samples out = engine.samples(2, 2);
          Level level = Level.of(.1, .1);
          refused(
              what,
              1,
              () -> {
                engine.backend().hessianTimes(prepared, level, near, far, out);
                out.toDoubles(); // when a device refuses at the latest
              });
          assertTrue(Float.isNaN(values(out)[0]), "nothing looks like a result");
          Samples evidence = engine.samples(3, 1);
          refused(
              what,
              2,
              () -> {
                engine
                    .backend()
                    .blind(
                        prepared,
                        new double[] {.1, 1},
                        new double[2],
                        x,
                        BlindOutputs.of().evidence(evidence));
                evidence.toDoubles();
              });
        }
      }
    }
  }
}
