package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Rows;
import dev.tweedie.metric.Distortion;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real digits: the first 9,000 are the prior, the last ones are denoised by its posterior mean, on
 * every backend. Few rows, because the scalar tiers are slow; {@code tweedie denoise} gives the
 * figures of all 1,000.
 */
class MnistTest {
  private static final int PRIOR = 9000;
  private static final int ROWS = 64;
  private static final double[] SIGMAS = {0.2, 0.5, 1.0};

  /** nMSE of these rows with this noise on {@code reference}. */
  private static final double[] NMSE = {0.264726, 0.274258, 0.281993};

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void posteriorMeanDenoisesAlikeOnEveryBackend(String backend) throws IOException {
    var file = SharedData.require("mnist/t10k-images-idx3-ubyte.gz");
    try (Arena arena = Arena.ofShared();
        Engine engine = Matrix.open(backend, 2)) {
      Rows digits = DataFiles.readRows(file, Precision.FLOAT32, arena);
      int dim = digits.dim();
      var prior = new DataSet(digits.values(), Precision.FLOAT32, PRIOR, dim);
      var posterior = ExactPosterior.of(engine, prior);
      Samples clean = engine.samples(ROWS, dim);
      for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < dim; j++) {
          long at = (digits.count() - ROWS + i) * dim + j;
          clean.set(i, j, digits.values().getAtIndex(ValueLayout.JAVA_FLOAT, at));
        }
      }
      Samples noisy = engine.samples(ROWS, dim);
      for (int s = 0; s < SIGMAS.length; s++) {
        engine
            .backend()
            .step(
                new Coefficients(1, 0, 0, SIGMAS[s]),
                StepTerms.of(clean, noisy).noise(NoiseAddress.of(2026, 0, s)));
        Samples mean = posterior.denoise(noisy, Level.ofSigma(SIGMAS[s]));
        // a posterior mean within 1e-5 of reference moves the nMSE by less than 1e-4 of itself
        assertEquals(
            NMSE[s], Distortion.of(mean, clean).nmse(), 1e-4 * NMSE[s], "sigma " + SIGMAS[s]);
      }
    }
  }
}
