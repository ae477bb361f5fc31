package dev.tweedie.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.bench.EngineState;
import org.junit.jupiter.api.Test;

/**
 * From a package of its own: what the example needs is public, and gives the same numbers again.
 */
class OwnBenchTest {
  private static double[] steps(String backend) {
    EngineState state = new EngineState();
    state.backend = backend;
    state.numerics = "exact";
    state.threads = 1;
    state.open();
    try {
      OwnBench bench = new OwnBench();
      bench.work = "diagonal:9x5x7@0.8/0.6";
      bench.prepare(state);
      return bench.meanSquaredStep();
    } finally {
      state.close();
    }
  }

  @Test
  void theExampleRunsOnEveryEngineWithTheSameNumbers() {
    double[] steps = steps("java:scalar");
    assertEquals(9, steps.length);
    assertTrue(steps[0] > 0);
    assertArrayEquals(steps, steps("auto"));
  }
}
