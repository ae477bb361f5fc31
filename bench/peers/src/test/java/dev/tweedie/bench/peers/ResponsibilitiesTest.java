package dev.tweedie.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponsibilitiesTest {
  private static void prepare(ResponsibilitiesBench bench, String work) {
    bench.work = work;
    bench.threads = 2;
    bench.prepare(); // which fails where its means are not reference's
    assertEquals(70 * Integer.parseInt(work.split("x")[1]), bench.evaluate().length);
    bench.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"points:70x3x11@1/2", "isotropic:70x3x11", "diagonal:70x3x11", "full:70x3x11"})
  void atFewDimensionsAllComputeWhatReferenceDoes(String work) {
    for (var bench : List.of(new EjmlBench(), new SmileBench(), new MllibBench())) {
      prepare(bench, work);
    }
  }

  /** Densities below the machine's epsilon, which MLlib adds to each. */
  @Test
  void atManyDimensionsMllibsSharesAreTheSameForAllComponents() {
    prepare(new EjmlBench(), "full:70x64x11");
    String reason =
        assertThrows(IllegalStateException.class, () -> prepare(new MllibBench(), "full:70x64x11"))
            .getMessage();
    assertTrue(reason.startsWith("differs from reference"), reason);
  }

  @Test
  void whatWouldNotFitIsSaid() {
    String work = "points:70x784x9000@1/20";
    String reason =
        assertThrows(IllegalStateException.class, () -> prepare(new SmileBench(), work))
            .getMessage();
    assertEquals("keeps a matrix of each component, here 44 GB", reason);
  }
}
