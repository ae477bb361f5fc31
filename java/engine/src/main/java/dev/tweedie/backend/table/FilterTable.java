package dev.tweedie.backend.table;

import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Means in 8 bits with what rounding took of them, from which kernels bound logits: {@code
 * tweedie_filter}. A quarter of the means' memory, and sixteen bytes a component.
 */
public final class FilterTable {
  /** What products of codes are worth, and what sums of 32 bits hold. */
  private static final int LEAST_DIM = 32;

  private static final int MOST_DIM = 32768;

  /** Bytes that a kernel reads at once: the codes of a component are a whole number of them. */
  private static final int VECTOR = 64;

  private static final int LARGEST = 127;

  /** Below it all of a mean counts as lost: the inverse of its step would not be finite. */
  private static final float LEAST_STEP = 1e-30f;

  /** Beyond it sums of bounds could overflow. */
  private static final float LARGEST_NORM = 1e15f;

  /** Components that a thread takes at a time. */
  private static final int CHUNK = 64;

  /** More than the rounding of float64 sums over a mean's elements. */
  private static final double UP = 1 + 1e-9;

  private final int dim;
  private final long stride;
  private final MemorySegment codes;
  private final CodeOrder order;
  private final MemorySegment orders;
  private final MemorySegment tail;
  private final MemorySegment scale;
  private final MemorySegment norm;
  private final MemorySegment slack;
  private final float largest;

  private FilterTable(PriorTable prior, Workers workers, Arena arena) {
    dim = prior.dim();
    stride = (dim + VECTOR - 1L) / VECTOR * VECTOR;
    int components = prior.components();
    order = new CodeOrder(prior, VECTOR);
    orders = order.table(arena);
    tail = Column.floats(arena, components);
    codes = arena.allocate(components * stride, VECTOR);
    scale = Column.floats(arena, components);
    norm = Column.floats(arena, components);
    slack = Column.floats(arena, components);
    workers.forEachChunk(
        components,
        CHUNK,
        (begin, count) -> {
          float[] given = new float[dim];
          float[] mean = new float[dim];
          byte[] code = new byte[(int) stride];
          for (long k = begin; k < begin + count; k++) {
            encode(prior, k, given, mean, code);
          }
        });
    float most = 0;
    for (int k = 0; k < components; k++) {
      most = Math.max(most, Column.get(norm, k));
    }
    largest = most;
  }

  /** The means of {@code prior} in 8 bits, or null where kernels could do nothing with them. */
  static @Nullable FilterTable of(PriorTable prior, Workers workers, Arena arena) {
    if (prior.dim() < LEAST_DIM || prior.dim() > MOST_DIM) {
      return null;
    }
    FilterTable table = new FilterTable(prior, workers, arena);
    return table.largest <= LARGEST_NORM ? table : null;
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

  /** {@code K x stride} bytes. */
  public MemorySegment codes() {
    return codes;
  }

  public long stride() {
    return stride;
  }

  /** The element of a mean whose code stands at each place. */
  public MemorySegment order() {
    return orders;
  }

  /** How many codes are looked at first; 0: all at once. */
  public long head() {
    return order.head();
  }

  /** The norm of each mean's elements behind the first codes, or more. */
  public MemorySegment tail() {
    return tail;
  }

  /** From one code to the next one, of each component. */
  public MemorySegment scale() {
    return scale;
  }

  /** The norm of each mean, or more. */
  public MemorySegment norm() {
    return norm;
  }

  /** The norm of what the codes lose of each mean, or more. */
  public MemorySegment slack() {
    return slack;
  }

  /** The largest of the norms. */
  public float largest() {
    return largest;
  }
}
