package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MixtureFileTest {
  @TempDir Path folder;

  @Test
  void readsWhatNumpyWrote() throws IOException {
    for (String name : new String[] {"stored.npz", "deflated.npz"}) {
      MixtureParameters mixture = MixtureFile.read(Fixtures.path(name)).parameters();
      assertEquals(2, mixture.components());
      assertEquals(3, mixture.dim());
      assertArrayEquals(new double[] {0.25, 0.75}, mixture.weights());
      assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, mixture.means());
      Covariance.Isotropic covariance = (Covariance.Isotropic) mixture.covariance();
      assertArrayEquals(new double[] {1, 2}, covariance.variances());
    }
  }

  // K = d = 2, where only the rank tells isotropic, diagonal and full apart.
  @Test
  void writesAndReadsBackEveryKind() throws IOException {
    Covariance.Isotropic isotropic = new Covariance.Isotropic(counting(2));
    Covariance.Diagonal diagonal = new Covariance.Diagonal(counting(4));
    Covariance.Full full = new Covariance.Full(counting(8));
    Covariance.LowRank lowRank = new Covariance.LowRank(counting(12), 3, counting(2));
    assertArrayEquals(
        isotropic.variances(), ((Covariance.Isotropic) roundTrip(isotropic)).variances());
    assertArrayEquals(
        diagonal.variances(), ((Covariance.Diagonal) roundTrip(diagonal)).variances());
    assertArrayEquals(full.matrices(), ((Covariance.Full) roundTrip(full)).matrices());
    Covariance.LowRank back = (Covariance.LowRank) roundTrip(lowRank);
    assertEquals(3, back.rank());
    assertArrayEquals(lowRank.factors(), back.factors());
    assertArrayEquals(lowRank.floor(), back.floor());
  }

  private Covariance roundTrip(Covariance covariance) throws IOException {
    Path file = folder.resolve("mixture.npz");
    new MixtureFile(new MixtureParameters(counting(2), counting(4), 2, covariance)).write(file);
    MixtureParameters back = MixtureFile.read(file).parameters();
    assertArrayEquals(counting(2), back.weights());
    assertArrayEquals(counting(4), back.means());
    assertEquals(2, back.dim());
    return back.covariance();
  }

  @Test
  void makesAPriorAndIsMadeOfOne() throws IOException {
    MixtureParameters mixture = MixtureFile.read(Fixtures.path("stored.npz")).parameters();
    MixtureParameters back = MixtureParameters.of(mixture.toPrior());
    assertArrayEquals(mixture.weights(), back.weights());
    assertArrayEquals(mixture.means(), back.means());
    assertEquals(3, back.dim());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "2 1 | 2 3 | 2     |       | 'weights' has the shape (2, 1); allowed: (K,)",
        "0   | 0 3 | 0     |       | 'weights' has the shape (0,)",
        "2   | 6   | 2     |       | 'means' has the shape (6,); allowed: (2, d)",
        "2   | 3 3 | 2     |       | 'means' has the shape (3, 3); allowed: (2, d)",
        "2   | 2 0 | 2     |       | 'means' has the shape (2, 0)",
        "2   | 2 3 | 3     |       | 'covariances' has the shape (3,); allowed: (2,) isotropic",
        "2   | 2 3 | 2 2   |       | 'covariances' has the shape (2, 2); allowed: (2,) isotropic",
        "2   | 2 3 | 2 3 2 |       | 'covariances' has the shape (2, 3, 2)",
        "2   | 2 3 | 2 3   | 2 3 1 | 'covariances' has the shape (2, 3); allowed: (2,) beside",
        "2   | 2 3 | 2     | 2 3   | 'factors' has the shape (2, 3); allowed: (2, 3, r)",
        "2   | 2 3 | 2     | 2 4 1 | 'factors' has the shape (2, 4, 1)",
        "2   | 2 3 | 2     | 2 3 0 | 'factors' has the shape (2, 3, 0)",
      })
  void refusesShapesThatDoNotMatch(
      String weights, String means, String covariances, String factors, String message)
      throws IOException {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put("weights", array(weights));
    arrays.put("means", array(means));
    arrays.put("covariances", array(covariances));
    if (factors != null) {
      arrays.put("factors", array(factors));
    }
    Path file = folder.resolve("mixture.npz");
    Npz.write(file, arrays);
    assertRefused(() -> MixtureFile.read(file), "mixture.npz: ", message);
  }

  @Test
  void refusesMissingAndUnknownArrays() throws IOException {
    Path file = folder.resolve("mixture.npz");
    Npz.write(file, Map.of("weights", array("2")));
    assertRefused(() -> MixtureFile.read(file), "mixture.npz: has no array 'means'", "weights");
    Npz.write(file, Map.of("weights", array("2"), "factor", array("2")));
    assertRefused(() -> MixtureFile.read(file), "unknown array 'factor'", "factors");
    assertRefused(() -> MixtureFile.read(Fixtures.path("f4.npy")), "f4.npy: bad magic");
    assertRefused(() -> MixtureFile.read(folder), "is a directory");
    assertRefused(() -> MixtureFile.read(folder.resolve("absent.npz")), "no such file");
  }

  @Test
  void tellsAMixtureFromRows() throws IOException {
    assertTrue(isMixture(Fixtures.path("stored.npz")));
    assertFalse(isMixture(Fixtures.path("f4.npy")));
    Path file = folder.resolve("rows.npz");
    Npz.write(file, Map.of("rows", array("2 3")));
    assertFalse(isMixture(file));
  }

  private static boolean isMixture(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return DataFiles.readPrior(InputSource.of(path), Precision.FLOAT64, arena)
          instanceof MixtureFile;
    }
  }

  private static NdArray array(String sizes) {
    long[] shape = Arrays.stream(sizes.split(" ")).mapToLong(Long::parseLong).toArray();
    return NdArray.of(counting((int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)), shape);
  }

  private static double[] counting(int count) {
    return IntStream.rangeClosed(1, count).asDoubleStream().toArray();
  }
}
