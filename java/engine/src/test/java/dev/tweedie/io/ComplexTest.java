package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import dev.tweedie.prior.Circular;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Complex numbers in files, as rows and as mixtures of circular Gaussians. */
final class ComplexTest {
  /** ((1 + 2i, 3 - 4i, 0.5i), (-1, 2.5 + i, 7 - 7i)). */
  private static final double[] PARTS = {1, 2, 3, -4, 0, .5, -1, 0, 2.5, 1, 7, -7};

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"complex.npy", "complexbe.npy"}) // C and Fortran, either byte order
  void rowsHaveBothPartsSideBySide(String name) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      for (Precision precision : Precision.values()) {
        Rows rows = DataFiles.readRows(Fixtures.path(name), precision, arena);
        assertTrue(rows.complex());
        assertEquals(6, rows.dim());
        assertEquals(2, rows.count());
        assertArrayEquals(PARTS, rows.toArray().parts().toDoubles());
      }
    }
  }

  @Test
  void complexRowsAreWrittenAsNumPyWritesThem() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Path source = Fixtures.path("complex.npy");
      Path copy = folder.resolve("copy.npy");
      DataFiles.writeRows(copy, DataFiles.readRows(source, Precision.FLOAT32, arena));
      assertArrayEquals(Files.readAllBytes(source), Files.readAllBytes(copy));
    }
  }

  @Test
  void oddNumbersOfPartsAreRefused() {
    assertRefused(
        () ->
            new Rows(
                MemorySegment.ofArray(new float[5]),
                Precision.FLOAT32,
                1,
                5,
                ImageShape.UNKNOWN,
                true),
        "complex rows: found 5 real numbers",
        "an even number");
  }

  private Path mixture(NdArray means, NdArray covariances, NdArray factors) throws IOException {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put("weights", NdArray.of(new double[] {1}, 1));
    arrays.put("means", means);
    arrays.put("covariances", covariances);
    if (factors != null) {
      arrays.put("factors", factors);
    }
    Path file = folder.resolve("mixture.npz");
    Npz.write(file, arrays);
    return file;
  }

  private static NdArray complex(double[] parts, long... shape) {
    return new NdArray(ElementType.COMPLEX128, shape, MemorySegment.ofArray(parts));
  }

  private static final double[] MEANS = {1, 2, 3, 4};

  /** ((2, 1 - i), (1 + i, 3)): Hermitian. */
  private static final double[] HERMITIAN = {2, 0, 1, -1, 1, 1, 3, 0};

  @Test
  void hermitianCovarianceBecomesTheRealOneOfACircularGaussian() throws IOException {
    Path file = mixture(complex(MEANS, 1, 2), complex(HERMITIAN, 1, 2, 2), null);
    MixtureParameters read = MixtureFile.read(file).parameters();
    assertEquals(4, read.dim());
    assertArrayEquals(MEANS, read.means());
    // 1/2 (Re -Im; Im Re) in each block
    double[] expected = {
      1, 0, .5, .5, //
      0, 1, -.5, .5, //
      .5, -.5, 1.5, 0, //
      .5, .5, 0, 1.5
    };
    double[] found = ((Covariance.Full) read.covariance()).matrices();
    assertArrayEquals(expected, found, 1e-300); // exact but for the sign of zero
    read.toPrior(); // which checks symmetry and eigenvalues
    Path copy = folder.resolve("copy.npz");
    new MixtureFile(read).writeComplex(copy);
    assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(copy));
  }

  @Test
  void everyKindSurvivesTheRoundTrip() throws IOException {
    double[] factors = {1, -2, .5, 3};
    Path[] files = {folder.resolve("a.npz"), folder.resolve("b.npz")};
    NdArray one = NdArray.of(new double[] {3}, 1);
    for (int kind = 0; kind < 3; kind++) {
      Path file =
          mixture(
              complex(MEANS, 1, 2),
              kind == 1 ? NdArray.of(new double[] {3, 5}, 1, 2) : one,
              kind == 2 ? complex(factors, 1, 2, 1) : null);
      MixtureParameters read = MixtureFile.read(file).parameters();
      double[][] trace = {read.covariance().matrix(0, 4)};
      double sum = 0;
      for (int i = 0; i < 4; i++) {
        sum += trace[0][5 * i];
      }
      // E|z - m|^2: 2 x 3, 3 + 5, and 2 x 3 + |F|^2 of 14.25
      assertEquals(new double[] {6, 8, 20.25}[kind], sum, 1e-12);
      new MixtureFile(read).writeComplex(files[0]);
      MixtureFile.read(files[0]).writeComplex(files[1]);
      assertArrayEquals(Files.readAllBytes(files[0]), Files.readAllBytes(files[1]));
    }
    // sqrt(1/2) twice is a half within rounding
    double[] low =
        ((Covariance.LowRank) MixtureFile.read(files[1]).parameters().covariance()).factors();
    assertArrayEquals(Circular.embed(factors, 2, 1, Math.sqrt(.5)), low, 1e-15);
  }

  @Test
  void whatIsHalfComplexIsRefused() throws IOException {
    NdArray real = NdArray.of(MEANS, 1, 4);
    assertRefused(
        () -> MixtureFile.read(mixture(real, complex(new double[32], 1, 4, 4), null)),
        "'covariances' is complex128 beside real means");
    assertRefused(
        () ->
            MixtureFile.read(mixture(complex(MEANS, 1, 2), complex(new double[] {1, 0}, 1), null)),
        "'covariances' is complex128; allowed: real numbers");
    assertRefused(
        () ->
            new MixtureFile(
                    new MixtureParameters(
                        new double[] {1},
                        new double[3],
                        3,
                        new Covariance.Isotropic(new double[] {1})))
                .writeComplex(folder.resolve("odd.npz")),
        "real dimension 3");
  }
}
