package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
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

  @Test
  void otherCovariancesAreSaidToHaveNone() {
    assertThrows(IllegalStateException.class, () -> prepared("full:5x7x3"));
  }
}
