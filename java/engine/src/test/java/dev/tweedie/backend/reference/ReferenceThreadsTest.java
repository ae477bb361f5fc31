package dev.tweedie.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tweedie.BlindOutputs;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Workers;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every op of {@code reference} is made by all threads, with the bits of one. */
class ReferenceThreadsTest {
  private static final int ROWS = 700;
  private static final int DIM = 6;
  private static final Level LEVEL = Level.of(0.9, 0.6);
  private static final NoiseAddress AT = NoiseAddress.of(3, 1, 2);

  /** What the ops read and write; each has {@link #out} alone to write. */
  private static final class Given {
    final Backend backend;
    final PreparedPrior prior;
    final Samples x;
    final Samples y;
    final Samples square;
    final Samples coefficients;
    final Samples out;
    final Samples column;

    Given(Backend backend) {
      this.backend = backend;
      SplittableRandom random = new SplittableRandom(1);
      prior = backend.prepare(DataSet.of(random.doubles(20 * DIM).toArray(), DIM));
      x = of(random, ROWS, DIM);
      y = of(random, ROWS, DIM);
      square = of(random, DIM, DIM);
      coefficients = of(random, ROWS, 4);
      out = backend.allocate(ROWS, DIM);
      column = backend.allocate(ROWS, 1);
    }

    private Samples of(SplittableRandom random, int rows, int dim) {
      Samples samples = backend.allocate(rows, dim);
      samples.write(random.doubles((long) rows * dim, 0.1, 1).toArray());
      return samples;
    }
  }

  private enum Op {
    UNIFORM,
    NORMAL,
    APPLY,
    STEP,
    STEP_ROWS,
    RESIDUAL,
    GEMM,
    EVALUATE,
    COVARIANCE_TIMES,
    HESSIAN_TIMES,
    DRAW,
    BLIND;

    Samples run(Given g) {
      switch (this) {
        case UNIFORM -> g.backend.uniform(AT, g.out);
        case NORMAL -> g.backend.normal(AT, g.out);
        case APPLY -> g.backend.apply(Backend.Function.EXP, g.x, g.out);
        case STEP ->
            g.backend.step(
                new Coefficients(1, 2, 3, 4),
                StepTerms.of(g.x, g.out).denoised(g.y).previous(g.y).noise(AT));
        case STEP_ROWS ->
            g.backend.stepRows(
                g.coefficients, StepTerms.of(g.x, g.out).denoised(g.y).previous(g.y).noise(AT));
        case RESIDUAL -> {
          g.backend.residual(g.x, g.y, g.column);
          return g.column;
        }
        case GEMM -> g.backend.gemm(g.x, g.square, g.out);
        case EVALUATE -> g.backend.evaluate(g.prior, LEVEL, g.x, Outputs.of().mean(g.out));
        case COVARIANCE_TIMES -> g.backend.covarianceTimes(g.prior, LEVEL, g.x, g.y, g.out);
        case HESSIAN_TIMES -> g.backend.hessianTimes(g.prior, LEVEL, g.x, g.y, g.out);
        case DRAW -> g.backend.draw(g.prior, LEVEL, Level.CLEAN, g.x, AT, g.out);
        case BLIND ->
            g.backend.blind(
                g.prior,
                new double[] {0.3, 0.6},
                new double[] {-1, -1},
                g.x,
                BlindOutputs.of().mean(g.out));
      }
      return g.out;
    }
  }

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** A helper that takes a chunk allocates the chunk's arrays; one that takes none nothing. */
  private static long allocated() {
    long sum = 0;
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("tweedie-")) {
        sum += Math.max(0, THREADS.getThreadAllocatedBytes(thread.threadId()));
      }
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(Op.class)
  void anOpIsMadeByAllThreadsWithTheBitsOfOne(Op op) {
    double[] expected;
    try (Backend backend = new ReferenceBackend(Workers.of(1))) {
      expected = op.run(new Given(backend)).toDoubles();
    }
    boolean helped = false;
    try (Backend backend = new ReferenceBackend(Workers.of(3))) {
      Given given = new Given(backend);
      for (int turn = 0; turn < 2000 && !helped; turn++) { // a helper may come too late
        long before = allocated();
        assertArrayEquals(expected, op.run(given).toDoubles());
        helped = allocated() > before;
      }
    }
    assertTrue(helped, op + " runs on its caller alone");
  }
}
