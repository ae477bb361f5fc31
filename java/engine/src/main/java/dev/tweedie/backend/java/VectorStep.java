package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.VectorFormula.FLOATS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** The step family over vectors. */
final class VectorStep implements StepKernels {
  private static final int LANES = 16;
  private static final int WIDTH = FLOATS.length();

  /** Elements of a block: what a thread's scratch holds. */
  private static final int BLOCK = VectorNoise.ELEMENTS;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  /** The sum of the terms so far, and the next one. */
  static final class Scratch {
    private final float[] sum = new float[BLOCK];
    private final float[] term = new float[BLOCK];
  }

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
    Scratch scratch = scratch();
    for (long done = 0; done < count; done += BLOCK) {
      int n = (int) Math.min(BLOCK, count - done);
      block(scratch, terms, row, at + done, null, 0, n);
    }
  }

  static Scratch scratch() {
    return SCRATCH.get();
  }

  /**
   * The step of at most {@link #BLOCK} elements of a row from {@code at} on, term by term over
   * arrays in the first-level cache. Over memory segments a vector takes 11 cycles, most of them
   * checks; so each term is copied. One loop with all terms would box what depends on which there
   * are.
   *
   * @param z their noise, from {@code from} on, or null
   */
  static void block(
      Scratch scratch, Terms terms, long row, long at, float[] z, int from, int count) {
    float[] sum = scratch.sum; // out may be what is still to be read
    float[] term = scratch.term;
    Floats.read(terms.x(), at, sum, 0, count);
    float a = terms.coefficient(row, 0);
    if (terms.denoised() == null) {
      scale(a, sum, count);
    } else {
      Floats.read(terms.denoised(), at, term, 0, count);
      float b = terms.coefficient(row, 1);
      if (z != null && terms.previous() == null) { // what most samplers take
        noisy(a, sum, b, term, terms.coefficient(row, 3), z, from, count);
        Floats.write(sum, 0, terms.out(), at, count);
        return;
      }
      scaleAndAdd(a, sum, b, term, count);
    }
    if (terms.previous() != null) {
      Floats.read(terms.previous(), at, term, 0, count);
      add(terms.coefficient(row, 2), term, 0, sum, count);
    }
    if (z != null) {
      add(terms.coefficient(row, 3), z, from, sum, count);
    }
    Floats.write(sum, 0, terms.out(), at, count);
  }

  private static void scale(float factor, float[] sum, int count) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      factors.mul(FloatVector.fromArray(FLOATS, sum, j)).intoArray(sum, j);
    }
    for (int j = whole; j < count; j++) {
      sum[j] = factor * sum[j];
    }
  }

  private static void scaleAndAdd(float a, float[] sum, float b, float[] term, int count) {
    FloatVector first = FloatVector.broadcast(FLOATS, a);
    FloatVector second = FloatVector.broadcast(FLOATS, b);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      FloatVector before = first.mul(FloatVector.fromArray(FLOATS, sum, j));
      second.fma(FloatVector.fromArray(FLOATS, term, j), before).intoArray(sum, j);
    }
    for (int j = whole; j < count; j++) {
      sum[j] = Math.fma(b, term[j], a * sum[j]);
    }
  }

  private static void noisy(
      float a, float[] sum, float b, float[] term, float e, float[] z, int from, int count) {
    FloatVector first = FloatVector.broadcast(FLOATS, a);
    FloatVector second = FloatVector.broadcast(FLOATS, b);
    FloatVector last = FloatVector.broadcast(FLOATS, e);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      FloatVector before = first.mul(FloatVector.fromArray(FLOATS, sum, j));
      before = second.fma(FloatVector.fromArray(FLOATS, term, j), before);
      last.fma(FloatVector.fromArray(FLOATS, z, from + j), before).intoArray(sum, j);
    }
    for (int j = whole; j < count; j++) {
      sum[j] = Math.fma(e, z[from + j], Math.fma(b, term[j], a * sum[j]));
    }
  }

  private static void add(float factor, float[] term, int from, float[] sum, int count) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int whole = FLOATS.loopBound(count);
    for (int j = 0; j < whole; j += WIDTH) {
      FloatVector before = FloatVector.fromArray(FLOATS, sum, j);
      factors.fma(FloatVector.fromArray(FLOATS, term, from + j), before).intoArray(sum, j);
    }
    for (int j = whole; j < count; j++) {
      sum[j] = Math.fma(factor, term[from + j], sum[j]);
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
          FloatVector t = load(x, first + j).sub(load(y, first + j));
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

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at * Float.BYTES, ByteOrder.nativeOrder());
  }
}
