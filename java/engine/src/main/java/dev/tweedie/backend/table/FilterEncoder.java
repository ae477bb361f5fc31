package dev.tweedie.backend.table;

import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Makes a {@link FilterTable} of the means of a prior. */
final class FilterEncoder {
  private static final int LARGEST = 127;

  /** Below it all of a mean counts as lost: the inverse of its step would not be finite. */
  private static final float LEAST_STEP = 1e-30f;

  /** Components that a thread takes at a time. */
  private static final int CHUNK = 64;

  /** More than the rounding of float64 sums over a mean's elements. */
  private static final double UP = 1 + 1e-9;

  private final int dim;
  private final long stride;
  private final CodeOrder order;
  private final MemorySegment codes;
  private final MemorySegment tail;
  private final MemorySegment scale;
  private final MemorySegment norm;
  private final MemorySegment slack;

  private FilterEncoder(PriorTable prior, Arena arena) {
    dim = prior.dim();
    stride = FilterTable.stride(dim);
    int components = prior.components();
    order = new CodeOrder(prior, FilterTable.VECTOR);
    codes = arena.allocate(components * stride, FilterTable.VECTOR);
    tail = Column.floats(arena, components);
    scale = Column.floats(arena, components);
    norm = Column.floats(arena, components);
    slack = Column.floats(arena, components);
  }

  /** By all threads. */
  static FilterTable encode(PriorTable prior, Workers workers, Arena arena) {
    FilterEncoder to = new FilterEncoder(prior, arena);
    workers.forEachChunk(
        prior.components(),
        CHUNK,
        (begin, count) -> {
          float[] given = new float[to.dim];
          float[] mean = new float[to.dim];
          byte[] code = new byte[(int) to.stride];
          for (long k = begin; k < begin + count; k++) {
            to.encode(prior, k, given, mean, code);
          }
        });
    return new FilterTable(
        to.dim,
        prior.components(),
        to.codes,
        to.order.table(arena),
        to.order.head(),
        to.tail,
        to.scale,
        to.norm,
        to.slack);
  }

  /** Row by row over arrays: code that is not compiled yet is slow over segments. */
  private void encode(PriorTable prior, long k, float[] given, float[] mean, byte[] code) {
    Column.read(prior.means(), k * dim, given);
    for (int j = 0; j < dim; j++) {
      mean[j] = given[order.element(j)];
    }
    float step = largest(mean) / LARGEST;
    step = step < LEAST_STEP ? 0 : step;
    round(mean, step, code);
    Column.set(scale, k, step);
    Column.set(norm, k, up(Math.sqrt(squares(mean, 0, 0, code))));
    Column.set(tail, k, up(Math.sqrt(squares(mean, order.head(), 0, code))));
    Column.set(slack, k, up(Math.sqrt(squares(mean, 0, step, code))));
    MemorySegment.copy(code, 0, codes, ValueLayout.JAVA_BYTE, k * stride, code.length);
  }

  private static float largest(float[] mean) {
    float largest = 0;
    for (float value : mean) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static void round(float[] mean, float step, byte[] code) {
    float inverse = step == 0 ? 0 : 1 / step;
    for (int j = 0; j < mean.length; j++) {
      int q = (int) (mean[j] * inverse + (LARGEST + 1.5f)); // above 0: towards zero is down
      code[j] = (byte) Math.min(Math.max(q, 1), 2 * LARGEST + 1);
    }
  }

  /**
   * {@code |mean - step (code - 128)|^2} from an element on. Four sums, so that none waits for
   * another.
   */
  private static double squares(float[] mean, int from, float step, byte[] code) {
    double[] sums = new double[4];
    for (int j = from; j < mean.length; j++) {
      double rest = mean[j] - (double) step * ((code[j] & 0xff) - (LARGEST + 1));
      sums[j & 3] += rest * rest;
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
  }

  private static float up(double value) {
    return Math.nextUp((float) (value * UP));
  }
}
