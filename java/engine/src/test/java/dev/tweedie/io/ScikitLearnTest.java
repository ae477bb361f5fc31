package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.tweedie.Engine;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mixtures as people save those of scikit-learn (scikit_learn.py), and what it says of them. */
class ScikitLearnTest {
  private static final double[] TABLE = {1, .5, .3, .5, 1.2, .4, .3, .4, .9}; // symmetric, definite

  @TempDir Path folder;

  /** K = d = 3 but for tied2, so that a covariance that is read as another kind shows. */
  @ParameterizedTest
  @ValueSource(strings = {"spherical", "diag", "tied", "full", "tied2", "everything"})
  void aSavedModelHasTheDensityThatScikitLearnSays(String name) throws IOException {
    try (Arena arena = Arena.ofConfined();
        Engine engine = Engine.open("reference")) {
      Npz said = Npz.open(Fixtures.path("sklearn-" + name + ".npz"), arena);
      MixtureParameters file =
          MixtureFile.read(Fixtures.path("sklearn-" + name + "-model.npz")).parameters();
      // The noise adds 1e-14 to every variance, which are about 1.
      double[] found =
          ExactPosterior.of(engine, file.toPrior())
              .logEvidence(engine.samples(said.get("at").toDoubles(), 4), Level.ofSigma(1e-7))
              .toDoubles();
      assertArrayEquals(said.get("logp").toDoubles(), found, 1e-9);
    }
  }

  private Path write(double[] covariances, long... shape) throws IOException {
    return write(Map.of(), covariances, shape);
  }

  private Path write(Map<String, NdArray> others, double[] covariances, long... shape)
      throws IOException {
    Map<String, NdArray> arrays = new LinkedHashMap<>(others);
    arrays.put("weights", NdArray.of(new double[] {.5, .3, .2}, 3));
    arrays.put("means", NdArray.of(new double[9], 3, 3));
    arrays.put("covariances", NdArray.of(covariances, shape));
    Path file = folder.resolve("mixture.npz");
    Npz.write(file, arrays);
    return file;
  }

  @Test
  void withoutItsKindATableIsReadOnlyWhereNumbersTell() throws IOException {
    double[] negative = TABLE.clone();
    negative[1] = -.5;
    negative[3] = -.5;
    Covariance.Full tied =
        assertInstanceOf(
            Covariance.Full.class,
            MixtureFile.read(write(negative, 3, 3)).parameters().covariance());
    assertEquals(27, tied.matrices().length);
    double[] uneven = TABLE.clone();
    uneven[1] = .6;
    double[] ones = {1, 1, 1, 1, 1, 1, 1, 1, 1}; // symmetric, but of rank 1
    for (double[] variances : new double[][] {uneven, ones}) {
      assertInstanceOf(
          Covariance.Diagonal.class,
          MixtureFile.read(write(variances, 3, 3)).parameters().covariance());
    }
    Path either = write(TABLE, 3, 3);
    assertRefused(
        () -> MixtureFile.read(either), "mixture.npz: 'covariances'", "covariance_type", "'tied'");
  }

  @ParameterizedTest
  @CsvSource({
    "mu,       'unknown array ''mu'', expected as ''means'''",
    "cov,      'unknown array ''cov'', expected as ''covariances'''",
    "pi_,      'unknown array ''pi_'', expected as ''weights'''",
    "factor,   'unknown array ''factor'', expected as ''factors'''",
    "labels,   'unknown array ''labels''; allowed: weights, means, covariances, factors'",
    "weights_, 'has both ''weights'' and ''weights_'''",
  })
  void anArrayThatMayMeanSomethingIsNamed(String name, String message) throws IOException {
    Path file = write(Map.of(name, NdArray.of(new double[3], 3)), TABLE, 3, 3);
    assertRefused(() -> MixtureFile.read(file), "mixture.npz: ", message);
  }

  @Test
  void aKindThatIsNoneOrNotThatOfTheShapeIsRefused() throws IOException {
    Path number = write(Map.of("covariance_type", NdArray.of(new double[1], 1)), TABLE, 3, 3);
    assertRefused(() -> MixtureFile.read(number), "[covariance_type]", "'<f8'", "one text");
  }
}
