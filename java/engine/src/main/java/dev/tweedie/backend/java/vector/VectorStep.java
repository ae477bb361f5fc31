package dev.tweedie.backend.java.vector;

import static dev.tweedie.backend.java.vector.VectorFormula.FLOATS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tweedie.backend.java.Floats;
import dev.tweedie.backend.java.StepKernels;
import dev.tweedie.backend.java.scalar.ScalarStep;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** The step family over vectors. */
public final class VectorStep implements StepKernels {
  private static final int LANES = 16;
  private static final int WIDTH = FLOATS.length();

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /**
   * Elements of a block: what a thread's scratch holds. 2^15 of a step take 3.5 to 3.9 us with 512
   * or 896, 3.7 to 4.6 with 1,024 or 2,048, whose copies are slower.
   */
  private static final int BLOCK = 896;

  private static final ThreadLocal<float[]> SCRATCH =
      ThreadLocal.withInitial(() -> new float[BLOCK]);

  @Override
  public void step(Terms terms, long begin, long count) {
    NoiseAddress noise = terms.noise();
    if (noise != null) {
      VectorNoise.step(terms, noise, begin, count);
      return;
    }
    float[] scratch = scratch();
    long end = (begin + count) * terms.dim();
    for (long at = begin * terms.dim(); at < end; at += BLOCK) {
      block(scratch, terms, at, null, 0, (int) Math.min(BLOCK, end - at));
    }
  }

  static float[] scratch() {
    return SCRATCH.get();
  }

  /**
   * The step of at most {@link #BLOCK} elements from {@code at} on. What is read is read where it
   * is; the sum is made in an array and copied, since a store to memory makes the compiler check
   * every segment anew for every vector: 11 cycles each. Copies of what is read, or stores without
   * one, take a third to a half longer.
   *
   * @param z their noise, from {@code from} on, or null
   */
  static void block(float[] sum, Terms terms, long at, float @Nullable [] z, int from, int count) {
    long width = terms.stride() == 0 ? Long.MAX_VALUE : terms.dim(); // or all rows are one
    long row = at / width;
    int end = (int) Math.min(count, (row + 1) * width - at);
    for (int begin = 0; begin < count; end = (int) Math.min(count, end + width)) {
      row(sum, terms, row++, at, begin, end, z, from);
      begin = end;
    }
    Floats.write(sum, 0, terms.out(), at, count);
  }

  /**
   * Elements {@code [begin, end)} of the block, of one row, term by term: one loop with all terms
   * would box what depends on which there are.
   */
  private static void row(
      float[] sum,
      Terms terms,
      long row,
      long at,
      int begin,
      int end,
      float @Nullable [] z,
      int from) {
    float a = terms.coefficient(row, 0);
    MemorySegment denoised = terms.denoised();
    if (denoised == null) {
      scale(a, terms.x(), at, sum, begin, end);
    } else {
      float b = terms.coefficient(row, 1);
      if (z != null && terms.previous() == null) { // what most samplers take
        float e = terms.coefficient(row, 3);
        noisy(a, terms.x(), b, denoised, at, e, z, from, sum, begin, end);
        return;
      }
      scaleAndAdd(a, terms.x(), b, denoised, at, sum, begin, end);
    }
    MemorySegment previous = terms.previous();
    if (previous != null) {
      add(terms.coefficient(row, 2), previous, at, sum, begin, end);
    }
    if (z != null) {
      add(terms.coefficient(row, 3), z, from, sum, begin, end);
    }
  }

  /** Element j of a segment is at {@code at + j}, of z at {@code from + j}: here and below. */
  private static void scale(
      float factor, MemorySegment x, long at, float[] sum, int begin, int end) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int whole = begin + FLOATS.loopBound(end - begin);
    for (int j = begin; j < whole; j += WIDTH) {
      long byteAt = (at + j) * Float.BYTES;
      factors.mul(FloatVector.fromMemorySegment(FLOATS, x, byteAt, ORDER)).intoArray(sum, j);
    }
    for (int j = whole; j < end; j++) {
      sum[j] = factor * x.getAtIndex(JAVA_FLOAT, at + j);
    }
  }

  private static void scaleAndAdd(
      float a,
      MemorySegment x,
      float b,
      MemorySegment y,
      long at,
      float[] sum,
      int begin,
      int end) {
    FloatVector first = FloatVector.broadcast(FLOATS, a);
    FloatVector second = FloatVector.broadcast(FLOATS, b);
    int whole = begin + FLOATS.loopBound(end - begin);
    for (int j = begin; j < whole; j += WIDTH) {
      long byteAt = (at + j) * Float.BYTES;
      FloatVector t = first.mul(FloatVector.fromMemorySegment(FLOATS, x, byteAt, ORDER));
      t = second.fma(FloatVector.fromMemorySegment(FLOATS, y, byteAt, ORDER), t);
      t.intoArray(sum, j);
    }
    for (int j = whole; j < end; j++) {
      float t = a * x.getAtIndex(JAVA_FLOAT, at + j);
      sum[j] = Math.fma(b, y.getAtIndex(JAVA_FLOAT, at + j), t);
    }
  }

  private static void noisy(
      float a,
      MemorySegment x,
      float b,
      MemorySegment y,
      long at,
      float e,
      float[] z,
      int from,
      float[] sum,
      int begin,
      int end) {
    FloatVector first = FloatVector.broadcast(FLOATS, a);
    FloatVector second = FloatVector.broadcast(FLOATS, b);
    FloatVector last = FloatVector.broadcast(FLOATS, e);
    int whole = begin + FLOATS.loopBound(end - begin);
    for (int j = begin; j < whole; j += WIDTH) {
      long byteAt = (at + j) * Float.BYTES;
      FloatVector t = first.mul(FloatVector.fromMemorySegment(FLOATS, x, byteAt, ORDER));
      t = second.fma(FloatVector.fromMemorySegment(FLOATS, y, byteAt, ORDER), t);
      last.fma(FloatVector.fromArray(FLOATS, z, from + j), t).intoArray(sum, j);
    }
    for (int j = whole; j < end; j++) {
      float t = a * x.getAtIndex(JAVA_FLOAT, at + j);
      t = Math.fma(b, y.getAtIndex(JAVA_FLOAT, at + j), t);
      sum[j] = Math.fma(e, z[from + j], t);
    }
  }

  private static void add(float factor, MemorySegment x, long at, float[] sum, int begin, int end) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int whole = begin + FLOATS.loopBound(end - begin);
    for (int j = begin; j < whole; j += WIDTH) {
      FloatVector t = FloatVector.fromMemorySegment(FLOATS, x, (at + j) * Float.BYTES, ORDER);
      factors.fma(t, FloatVector.fromArray(FLOATS, sum, j)).intoArray(sum, j);
    }
    for (int j = whole; j < end; j++) {
      sum[j] = Math.fma(factor, x.getAtIndex(JAVA_FLOAT, at + j), sum[j]);
    }
  }

  private static void add(float factor, float[] z, int from, float[] sum, int begin, int end) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int whole = begin + FLOATS.loopBound(end - begin);
    for (int j = begin; j < whole; j += WIDTH) {
      FloatVector t = FloatVector.fromArray(FLOATS, z, from + j);
      factors.fma(t, FloatVector.fromArray(FLOATS, sum, j)).intoArray(sum, j);
    }
    for (int j = whole; j < end; j++) {
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
          long at = (first + j) * Float.BYTES;
          FloatVector t =
              FloatVector.fromMemorySegment(FLOATS, x, at, ORDER)
                  .sub(FloatVector.fromMemorySegment(FLOATS, y, at, ORDER));
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
