package dev.tweedie.restore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.restore.ImplicitPriorSampler.Steps;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The laws of the sampler on priors where the answer is known. */
class ImplicitPriorSamplerTest {
  private static final int SIDE = 6;
  private static final int DIM = SIDE * SIDE;
  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("auto", 2);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** Knows x_0: the residual is the noise itself. */
  private BlindDenoiser knowing(double[] point) {
    return new BlindDenoiser() {
      @Override
      public Engine engine() {
        return engine;
      }

      @Override
      public int dim() {
        return point.length;
      }

      @Override
      public void denoise(Samples y, Samples out) {
        for (long row = 0; row < y.rows(); row++) {
          for (int j = 0; j < point.length; j++) {
            out.set(row, j, point[j]);
          }
        }
      }
    };
  }

  private static double[] ramp(int dim) {
    double[] ramp = new double[dim];
    for (int j = 0; j < dim; j++) {
      ramp[j] = j / (double) dim;
    }
    return ramp;
  }

  @Test
  void sigmaContractsAsPublishedAndTheNumberOfStepsFollows() {
    Steps steps = Steps.PUBLISHED;
    assertEquals(.01, steps.h(1));
    assertEquals(.01 * 100 / (1 + .01 * 99), steps.h(100), 1e-15);
    // gamma^2 = (1 - beta h)^2 - (1 - h)^2, for the residual's law: sigma contracts by 1 - beta h.
    double h = .3;
    assertEquals(Math.pow(1 - .01 * h, 2) - Math.pow(1 - h, 2), Math.pow(steps.noise(h), 2), 1e-15);
    int dim = 20_000;
    int[] taken = new int[1];
    Steps fast = new Steps(.05, .2, 1, .01);
    Samples end =
        new ImplicitPriorSampler(knowing(ramp(dim)), fast, new double[dim], 3, 1)
            .progress((done, all) -> taken[0] = done)
            .sample(0, 1);
    assertArrayEquals(ramp(dim), end.toDoubles(), 1e-7); // float32 of the point itself
    // In 20,000 dimensions the residual is sigma within 0.5 %: one step more or less at the end.
    assertEquals(fast.count() + 1, taken[0], 1);
  }

  private GaussianMixture bimodal() {
    double[] means = new double[2 * DIM];
    for (int j = 0; j < DIM; j++) {
      means[j] = .8;
      means[DIM + j] = j % 2 == 0 ? .8 : .1;
    }
    return new GaussianMixture(
        new double[] {.5, .5}, means, DIM, new Covariance.Isotropic(new double[] {1e-4, 1e-4}));
  }

  private double[] centre() {
    double[] centre = new double[DIM];
    Arrays.fill(centre, .5);
    return centre;
  }

  @ParameterizedTest
  @ValueSource(strings = {"inpaint:1:1:3:4", "missing:0.6", "superres:3", "blur:3", "random:0.2"})
  void theResultAgreesWithTheMeasurementsAndWithThePrior(String spec) {
    GaussianMixture prior = bimodal();
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    int rows = 12;
    Samples truth = engine.samples(rows, DIM);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < DIM; j++) {
        truth.set(i, j, i % 2 == 0 || j % 2 == 0 ? .8 : .1);
      }
    }
    LinearMeasurement m = Measurements.parse(spec, engine, SIDE, SIDE);
    Samples c = engine.samples(rows, m.count());
    m.measure(truth, c);
    // Slow ones: fast ones can leave a row in the mode that its first noise suggests.
    Steps steps = new Steps(.02, .05, 1, .005);
    Samples found = new ImplicitPriorSampler(posterior, steps, centre(), 1, rows).restore(m, c, 0);
    Samples measured = engine.samples(rows, m.count());
    m.measure(found, measured);
    // Each estimate is moved onto the measurements: float32 rounding of sums of 36 remains.
    assertArrayEquals(c.toDoubles(), measured.toDoubles(), 1e-5);
    // The other mode is 0.7 away on every second pixel; the prior's own spread is 0.01.
    assertArrayEquals(truth.toDoubles(), found.toDoubles(), .05);
  }

  @Test
  void withoutMeasurementsBothModesAreDrawnAndRowsDoNotKnowOfTheirBatch() {
    ExactPosterior posterior = ExactPosterior.of(engine, bimodal());
    Steps steps = new Steps(.05, .3, 1, .01);
    int rows = 60;
    double[] all =
        new ImplicitPriorSampler(posterior, steps, centre(), 9, rows).sample(0, rows).toDoubles();
    int upper = 0;
    for (int i = 0; i < rows; i++) {
      assertEquals(.8, all[i * DIM], .06);
      double odd = all[i * DIM + 1];
      assertTrue(Math.abs(odd - .8) < .06 || Math.abs(odd - .1) < .06, "between the modes " + odd);
      upper += odd > .45 ? 1 : 0;
    }
    // Which mode a row falls to is decided by its noise: 60 rows of one mode have odds below 2^-20.
    assertTrue(upper > 5 && upper < rows - 5, upper + " of " + rows);
    Samples part = new ImplicitPriorSampler(posterior, steps, centre(), 9, 7).sample(20, 7);
    assertArrayEquals(Arrays.copyOfRange(all, 20 * DIM, 27 * DIM), part.toDoubles(), 0);
  }

  @Test
  void aBlindDenoisersRowsEndByThemselves() {
    double[] point = ramp(DIM);
    Steps steps = new Steps(.05, .3, 1, .01);
    double[] all =
        new ImplicitPriorSampler(knowing(point), steps, centre(), 9, 8).sample(0, 8).toDoubles();
    double[] one =
        new ImplicitPriorSampler(knowing(point), steps, centre(), 9, 1).sample(5, 1).toDoubles();
    assertArrayEquals(Arrays.copyOfRange(all, 5 * DIM, 6 * DIM), one, 0);
  }

  @Test
  void aDenoiserWhoseResidualStaysIsToldSo() {
    BlindDenoiser restless =
        new BlindDenoiser() {
          @Override
          public Engine engine() {
            return engine;
          }

          @Override
          public int dim() {
            return 2;
          }

          @Override
          public void denoise(Samples y, Samples out) {
            out.copyFrom(y);
            out.set(0, 0, y.get(0, 0) + .5);
          }
        };
    Steps steps = new Steps(.5, .5, 1, .01);
    String message =
        assertThrows(
                InvalidInputException.class,
                () -> new ImplicitPriorSampler(restless, steps, new double[2], 0, 1).sample(0, 1))
            .getMessage();
    assertTrue(message.startsWith("sigma end: found 0.35"), message);
  }

  @Test
  void badSettingsAreRefused() {
    assertThrows(InvalidInputException.class, () -> new Steps(0, .1, 1, .1));
    assertThrows(InvalidInputException.class, () -> new Steps(.1, 1.1, 1, .1));
    assertThrows(InvalidInputException.class, () -> new Steps(.1, .1, 1, 2));
    BlindDenoiser f = knowing(ramp(DIM));
    assertThrows(
        InvalidInputException.class,
        () -> new ImplicitPriorSampler(f, Steps.PUBLISHED, new double[3], 0, 1));
    ImplicitPriorSampler sampler = new ImplicitPriorSampler(f, Steps.PUBLISHED, centre(), 0, 2);
    assertThrows(InvalidInputException.class, () -> sampler.sample(0, 3));
    assertThrows(InvalidInputException.class, () -> sampler.sample(-1, 2));
    LinearMeasurement other = Measurements.parse("superres:2", engine, 4, 4);
    assertThrows(
        InvalidInputException.class,
        () -> sampler.restore(other, engine.samples(1, other.count()), 0));
  }
}
