package dev.tweedie.backend.java;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.java.scalar.ScalarNoise;
import dev.tweedie.backend.java.scalar.ScalarStep;
import dev.tweedie.backend.java.vector.VectorNoise;
import dev.tweedie.backend.java.vector.VectorStep;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The vector kernels of noise and step give the bits of the scalar ones, and nothing beside them.
 */
class ElementKernelsTest {
  /** Rows cut into ranges, and rows whose ends leave lanes empty. */
  private static final int[] ROWS = {0, 1, 7, 33};

  /** Cut blocks; ends of vectors; ends of a batch of counters (512 elements). */
  private static final int[] DIMS = {
    1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 103, 511, 512, 513, 784, 1021
  };

  /** Block and row at the top of their range: the counters wrap. */
  private static final NoiseAddress AT = new NoiseAddress(0xfedcba9876543210L, -7, 9, -3, -2);

  private static final byte CANARY = (byte) 0xa5;

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(1);

  @AfterEach
  void release() {
    arena.close();
  }

  private MemorySegment memory(long elements) {
    return arena.allocate(elements * Float.BYTES + 128, 64).fill(CANARY);
  }

  private MemorySegment gaussian(long elements) {
    MemorySegment x = memory(elements);
    for (long j = 0; j < elements; j++) {
      x.setAtIndex(JAVA_FLOAT, j, (float) random.nextGaussian());
    }
    return x;
  }

  private static void assertSame(MemorySegment wanted, MemorySegment found, String what) {
    assertEquals(-1, wanted.mismatch(found), () -> what + ": first byte that differs");
  }

  private interface Fill {
    void run(MemorySegment out, long begin, long count);
  }

  /** Scalar in one call; vector in one and in two, which must leave all other memory alone. */
  private void compare(String what, int rows, long elements, Fill scalar, Fill vector) {
    MemorySegment wanted = memory(elements);
    scalar.run(wanted, 0, rows);
    MemorySegment whole = memory(elements);
    vector.run(whole, 0, rows);
    assertSame(wanted, whole, what);
    MemorySegment cut = memory(elements);
    vector.run(cut, rows / 3, rows - rows / 3);
    vector.run(cut, 0, rows / 3);
    assertSame(wanted, cut, what + ", cut");
  }

  @Test
  void noise() {
    NoiseKernels scalar = new ScalarNoise();
    NoiseKernels vector = new VectorNoise();
    for (int rows : ROWS) {
      for (int dim : DIMS) {
        String shape = rows + " x " + dim;
        compare(
            "uniform " + shape,
            rows,
            (long) rows * dim,
            (out, begin, count) -> scalar.uniform(AT, dim, out, begin, count),
            (out, begin, count) -> vector.uniform(AT, dim, out, begin, count));
        compare(
            "normal " + shape,
            rows,
            (long) rows * dim,
            (out, begin, count) -> scalar.normal(AT, dim, out, begin, count),
            (out, begin, count) -> vector.normal(AT, dim, out, begin, count));
      }
    }
  }

  @Test
  void functionsOverDenseSampleAndLengths() {
    NoiseKernels scalar = new ScalarNoise();
    NoiseKernels vector = new VectorNoise();
    int largest = 1 << 16;
    MemorySegment x = memory(largest);
    for (long first = 0; first < 1L << 32; first += 4099L * largest) {
      for (int j = 0; j < largest; j++) {
        x.setAtIndex(JAVA_INT, j, (int) (first + 4099L * j));
      }
      for (Backend.Function f : Backend.Function.values()) {
        compareFunction(scalar, vector, f, x, first == 0 ? 33 : 0, largest);
      }
    }
  }

  /** Any NaN equals any NaN: which one comes out is not promised. */
  private void compareFunction(
      NoiseKernels scalar,
      NoiseKernels vector,
      Backend.Function f,
      MemorySegment x,
      int lengths,
      int largest) {
    for (int n = lengths; n >= 0; n--) {
      int count = n == lengths ? largest : n;
      MemorySegment wanted = memory(count);
      MemorySegment found = memory(count);
      scalar.apply(f, x, wanted, 0, count);
      vector.apply(f, x, found, 0, count);
      for (int j = 0; j < count + 32; j++) { // and the canary behind
        int w = Float.floatToIntBits(wanted.getAtIndex(JAVA_FLOAT, j));
        int v = Float.floatToIntBits(found.getAtIndex(JAVA_FLOAT, j));
        if (w != v) {
          assertEquals(w, v, f + " of bits " + Integer.toHexString(x.getAtIndex(JAVA_INT, j)));
        }
      }
    }
  }

  @Test
  void steps() {
    StepKernels scalar = new ScalarStep();
    StepKernels vector = new VectorStep();
    for (int rows : ROWS) {
      for (int dim : DIMS) {
        MemorySegment x = gaussian((long) rows * dim);
        MemorySegment denoised = gaussian((long) rows * dim);
        MemorySegment previous = gaussian((long) rows * dim);
        MemorySegment coefficients = gaussian(4L * Math.max(rows, 1));
        for (int terms = 0; terms < 16; terms++) {
          MemorySegment d = (terms & 1) == 0 ? null : denoised;
          MemorySegment p = (terms & 2) == 0 ? null : previous;
          NoiseAddress at = (terms & 4) == 0 ? null : AT;
          int stride = terms >> 3;
          compare(
              "step " + rows + " x " + dim + ", terms " + terms,
              rows,
              (long) rows * dim,
              (out, begin, count) ->
                  scalar.step(
                      new StepKernels.Terms(dim, coefficients, stride, x, d, p, at, out),
                      begin,
                      count),
              (out, begin, count) ->
                  vector.step(
                      new StepKernels.Terms(dim, coefficients, stride, x, d, p, at, out),
                      begin,
                      count));
        }
      }
    }
  }

  /** Onto x, a vector must be read before any part of it is written. */
  @Test
  void stepInPlace() {
    int rows = 7;
    int dim = 603;
    for (NoiseAddress at : new NoiseAddress[] {null, AT}) {
      MemorySegment x = gaussian((long) rows * dim);
      MemorySegment coefficients = gaussian(4);
      MemorySegment out = memory((long) rows * dim);
      new ScalarStep().step(new StepKernels.Terms(dim, coefficients, 0, x, x, x, at, out), 0, rows);
      new VectorStep().step(new StepKernels.Terms(dim, coefficients, 0, x, x, x, at, x), 0, rows);
      assertSame(out, x, "in place, noise " + at);
    }
  }

  @Test
  void residuals() {
    StepKernels scalar = new ScalarStep();
    StepKernels vector = new VectorStep();
    for (int rows : ROWS) {
      for (int dim : DIMS) {
        MemorySegment x = gaussian((long) rows * dim);
        MemorySegment y = gaussian((long) rows * dim);
        compare(
            "residual " + rows + " x " + dim,
            rows,
            rows,
            (out, begin, count) -> scalar.residual(dim, x, y, out, begin, count),
            (out, begin, count) -> vector.residual(dim, x, y, out, begin, count));
      }
    }
  }
}
