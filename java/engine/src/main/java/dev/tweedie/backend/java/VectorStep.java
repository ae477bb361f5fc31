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
   * a term, with the sum in the first-level cache until the last one writes it out. A vector that
   * depends on which terms there are would be boxed.
   *
   * @param z their noise, from {@code from} on, or null
   */
  static void block(Terms terms, long row, long at, float[] z, int from, int count) {
    boolean two = terms.denoised() != null;
    boolean three = terms.previous() != null;
    MemorySegment sum = VectorNoise.sum(); // out may be what is still to be read
    Part part = new Part(terms, row, at, z, from, sum, count);
    (two ? TWO : ONE).add(part, three || z != null);
    if (three) {
      PREVIOUS.add(part, z != null);
    }
    if (z != null) {
      NOISE.add(part, false);
    }
  }

  /** What {@link #block} is given, and the sum of the terms so far. */
  private record Part(
      Terms terms, long row, long at, float[] z, int from, MemorySegment sum, int count) {
    float coefficient(int which) {
      return terms.coefficient(row, which);
    }

    MemorySegment to(boolean more) {
      return more ? sum : terms.out();
    }

    long toAt(boolean more) {
      return more ? 0 : at;
    }
  }

  /**
   * Some terms; an interface keeps the compiler from joining the loops: see {@link VectorNoise}.
   */
  @FunctionalInterface
  private interface Term {
    /**
     * @param more whether the sum goes on, or is written out
     */
    void add(Part part, boolean more);
  }

  private static final Term ONE =
      (part, more) ->
          one(
              part.coefficient(0),
              part.terms.x(),
              part.at,
              part.to(more),
              part.toAt(more),
              part.count);
  private static final Term TWO =
      (part, more) ->
          two(
              part.coefficient(0),
              part.terms.x(),
              part.coefficient(1),
              part.terms.denoised(),
              part.at,
              part.to(more),
              part.toAt(more),
              part.count);
  private static final Term PREVIOUS =
      (part, more) ->
          previous(
              part.coefficient(2),
              part.terms.previous(),
              part.at,
              part.sum,
              part.to(more),
              part.toAt(more),
              part.count);
  private static final Term NOISE =
      (part, more) ->
          noise(
              part.coefficient(3),
              part.z,
              part.from,
              part.sum,
              part.to(more),
              part.toAt(more),
              part.count);

  private static void one(
      float a, MemorySegment x, long at, MemorySegment to, long toAt, int count) {
    FloatVector factor = FloatVector.broadcast(FLOATS, a);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      VectorNoise.store(factor.mul(VectorNoise.load(x, at + j)), to, toAt + j);
    }
    for (int j = whole; j < count; j++) {
      to.setAtIndex(JAVA_FLOAT, toAt + j, a * x.getAtIndex(JAVA_FLOAT, at + j));
    }
  }

  private static void two(
      float a,
      MemorySegment x,
      float b,
      MemorySegment denoised,
      long at,
      MemorySegment to,
      long toAt,
      int count) {
    FloatVector factor = FloatVector.broadcast(FLOATS, a);
    FloatVector second = FloatVector.broadcast(FLOATS, b);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      FloatVector sum = factor.mul(VectorNoise.load(x, at + j));
      VectorNoise.store(second.fma(VectorNoise.load(denoised, at + j), sum), to, toAt + j);
    }
    for (int j = whole; j < count; j++) {
      float sum = a * x.getAtIndex(JAVA_FLOAT, at + j);
      to.setAtIndex(
          JAVA_FLOAT, toAt + j, Math.fma(b, denoised.getAtIndex(JAVA_FLOAT, at + j), sum));
    }
  }

  private static void previous(
      float c,
      MemorySegment x,
      long at,
      MemorySegment sum,
      MemorySegment to,
      long toAt,
      int count) {
    FloatVector factor = FloatVector.broadcast(FLOATS, c);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      FloatVector term = VectorNoise.load(x, at + j);
      VectorNoise.store(factor.fma(term, VectorNoise.load(sum, j)), to, toAt + j);
    }
    for (int j = whole; j < count; j++) {
      float term = x.getAtIndex(JAVA_FLOAT, at + j);
      to.setAtIndex(JAVA_FLOAT, toAt + j, Math.fma(c, term, sum.getAtIndex(JAVA_FLOAT, j)));
    }
  }

  private static void noise(
      float e, float[] z, int from, MemorySegment sum, MemorySegment to, long toAt, int count) {
    FloatVector factor = FloatVector.broadcast(FLOATS, e);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      FloatVector term = FloatVector.fromArray(FLOATS, z, from + j);
      VectorNoise.store(factor.fma(term, VectorNoise.load(sum, j)), to, toAt + j);
    }
    for (int j = whole; j < count; j++) {
      float before = sum.getAtIndex(JAVA_FLOAT, j);
      to.setAtIndex(JAVA_FLOAT, toAt + j, Math.fma(e, z[from + j], before));
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
