package dev.tweedie.examples.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.bench.states.EngineState;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What the example needs is public, gives the same numbers again, and JMH times it. */
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

  @Test
  void jmhTimesIt() throws RunnerException {
    System.setProperty("jmh.ignoreLock", "true"); // other builds of this machine may time too
    var run =
        new OptionsBuilder()
            .include(OwnBench.class.getName())
            .param("work", "full:9x5x7")
            .param("backend", "java:scalar")
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(10))
            .forks(1)
            .verbosity(VerboseMode.SILENT)
            .build();
    assertTrue(new Runner(run).runSingle().getPrimaryResult().getScore() > 0);
  }
}
