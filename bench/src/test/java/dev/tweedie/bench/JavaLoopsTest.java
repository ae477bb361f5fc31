package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaLoopsTest {
  private static JavaLoopsBench prepared(String work) {
    JavaLoopsBench bench = new JavaLoopsBench();
    bench.work = work;
    bench.threads = 2;
    bench.prepare(); // which fails where its means are not reference's
    return bench;
  }

  @ParameterizedTest
  @ValueSource(strings = {"points:20x7x11@1/2", "isotropic:20x7x11", "diagonal:20x7x11@snrs"})
  void theLoopsComputeWhatReferenceDoes(String work) {
    JavaLoopsBench bench = prepared(work);
    assertEquals(20 * 7, bench.evaluate().length);
    bench.close();
  }

  /** Of all levels the largest; what is no number is an error of 1. */
  @Test
  void theErrorsThatAPeerLeavesAreRead(@TempDir Path folder) throws IOException {
    Path errors = Files.createFile(folder.resolve("errors"));
    assertTrue(Double.isNaN(Jmh.error(errors)));
    System.setProperty(Agreement.ERRORS, errors.toString());
    try {
      Agreement.showError(new double[] {.5, .25}, new double[] {.5, .375});
      Agreement.showError(new double[] {.5, .5}, new double[] {.5, .5});
      assertEquals(.125, Jmh.error(errors));
      Agreement.showError(new double[] {Double.NaN}, new double[] {.5});
      assertEquals(1, Jmh.error(errors));
    } finally {
      System.clearProperty(Agreement.ERRORS);
    }
  }

  @Test
  void otherCovariancesAreSaidToHaveNone() {
    assertThrows(IllegalStateException.class, () -> prepared("full:5x7x3"));
  }
}
