package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.VectorFormula.FLOATS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** The step family over vectors. */
final class VectorStep implements StepKernels {
  private static final int LANES = 16;
  private static final int WIDTH = FLOATS.length();

  @Override
  public void step(Terms terms, long begin, long count) {
    int dim = terms.dim();
    if (terms.noise() != null) {
      VectorNoise.step(terms, begin, count);
    } else if (terms.stride() == 0) {
      affine(terms, 0, begin * dim, count * dim); // one long row
    } else {
      for (long row = begin; row < begin + count; row++) {
        affine(terms, row, row * dim, dim);
      }
    }
  }

  private static void affine(Terms terms, long row, long at, long count) {
    for (long done = 0; done < count; done += VectorNoise.ELEMENTS) {
      block(terms, row, at + done, null, 0, (int) Math.min(VectorNoise.ELEMENTS, count - done));
    }
  }

  /**
   * The step of at most {@link VectorNoise#ELEMENTS} elements of a row from {@code at} on: one loop
   * a term, with the sum in the first-level cache. A vector that depends on which terms there are
   * would be boxed.
   *
   * @param z their noise, from {@code from} on, or null
   */
  static void block(Terms terms, long row, long at, float[] z, int from, int count) {
    float[] sum = VectorNoise.sum();
    for (int which = 0; which < TERMS.length; which++) {
      MemorySegment x =
          switch (which) {
            case 0 -> terms.x();
            case 1 -> terms.denoised();
            case 2 -> terms.previous();
            default -> null;
          };
      if (x != null || (which == 3 && z != null)) {
        TERMS[which].add(terms.coefficient(row, which), x, at, z, from, sum, count);
      }
    }
    MemorySegment.copy(sum, 0, terms.out(), JAVA_FLOAT, at * Float.BYTES, count);
  }

  /** One term; an interface keeps the compiler from joining the loops: see {@link VectorNoise}. */
  @FunctionalInterface
  private interface Term {
    void add(float factor, MemorySegment x, long at, float[] z, int from, float[] sum, int count);
  }

  private static final Term[] TERMS = {
    (factor, x, at, _, _, sum, count) -> first(factor, x, at, sum, count),
    (factor, x, at, _, _, sum, count) -> add(factor, x, at, sum, count),
    (factor, x, at, _, _, sum, count) -> add(factor, x, at, sum, count),
    (factor, _, _, z, from, sum, count) -> noise(factor, z, from, sum, count)
  };

  private static void first(float factor, MemorySegment x, long at, float[] sum, int count) {
    FloatVector f = FloatVector.broadcast(FLOATS, factor);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      f.mul(VectorNoise.load(x, at + j)).intoArray(sum, j);
    }
    for (int j = whole; j < count; j++) {
      sum[j] = factor * x.getAtIndex(JAVA_FLOAT, at + j);
    }
  }

  private static void add(float factor, MemorySegment x, long at, float[] sum, int count) {
    FloatVector f = FloatVector.broadcast(FLOATS, factor);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      f.fma(VectorNoise.load(x, at + j), FloatVector.fromArray(FLOATS, sum, j)).intoArray(sum, j);
    }
    for (int j = whole; j < count; j++) {
      sum[j] = Math.fma(factor, x.getAtIndex(JAVA_FLOAT, at + j), sum[j]);
    }
  }

  private static void noise(float factor, float[] z, int from, float[] sum, int count) {
    FloatVector f = FloatVector.broadcast(FLOATS, factor);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      FloatVector noise = FloatVector.fromArray(FLOATS, z, from + j);
      f.fma(noise, FloatVector.fromArray(FLOATS, sum, j)).intoArray(sum, j);
    }
    for (int j = whole; j < count; j++) {
      sum[j] = Math.fma(factor, z[from + j], sum[j]);
    }
  }

  @Override
  public void residual(
      int dim, MemorySegment x, MemorySegment y, MemorySegment out, long begin, long count) {
    float[] lanes = new float[LANES];
    int whole = dim / LANES * LANES;
    for (long row = begin; row < begin + count; row++) {
      Arrays.fill(lanes, 0.0f);
      long first = row * dim;
      for (int l = 0; l < LANES; l += WIDTH) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int j = l; j < whole; j += LANES) {
          FloatVector t = VectorNoise.load(x, first + j).sub(VectorNoise.load(y, first + j));
          sum = t.fma(t, sum);
        }
        sum.intoArray(lanes, l);
      }
      for (int j = whole; j < dim; j++) {
        float t = x.getAtIndex(JAVA_FLOAT, first + j) - y.getAtIndex(JAVA_FLOAT, first + j);
        lanes[j % LANES] = Math.fma(t, t, lanes[j % LANES]);
      }
      out.setAtIndex(JAVA_FLOAT, row, ScalarStep.fold(lanes));
    }
  }
}
