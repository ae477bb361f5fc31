package dev.tweedie.backend.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Means rounded to bfloat16, once by rows and once by pairs of rows: {@code tweedie_bf16}. Together
 * they take the memory of the means.
 */
public final class Bf16Table {
  private static final long ALIGNMENT = 64;

  private final int dim;
  private final MemorySegment rows;
  private final MemorySegment pairs;
  private final float slack;

  /** Row by row over arrays: code that is not compiled yet is slow over segments. */
  Bf16Table(PriorTable prior, Arena arena) {
    dim = prior.dim();
    int components = prior.components();
    rows = words(arena, components, (dim + 1L) / 2);
    pairs = words(arena, (components + 1L) / 2, dim);
    float[] mean = new float[dim];
    int[] even = new int[dim];
    int[] odd = new int[dim];
    double largest = 0;
    for (int k = 0; k < components; k += 2) {
      largest = Math.max(largest, round(prior, k, mean, even));
      odd = k + 1 < components ? odd : new int[dim];
      if (k + 1 < components) {
        largest = Math.max(largest, round(prior, k + 1, mean, odd));
      }
      writePair(even, odd, k / 2);
    }
    slack = Math.nextUp((float) Math.sqrt(largest));
  }

  private static MemorySegment words(Arena arena, long count, long words) {
    return arena.allocate(count * words * Integer.BYTES, ALIGNMENT);
  }

  /** Row k to the halves of words and to {@link #rows}; returns the square of what was lost. */
  private double round(PriorTable prior, int k, float[] mean, int[] halves) {
    Column.read(prior.means(), (long) k * dim, mean);
    double lost = 0;
    for (int j = 0; j < dim; j++) {
      halves[j] = round(mean[j]);
      double off = mean[j] - Float.intBitsToFloat(halves[j] << 16);
      lost += off * off;
    }
    int[] row = new int[(dim + 1) / 2];
    for (int j = 0; j < dim; j++) {
      row[j / 2] |= halves[j] << (j % 2 * 16);
    }
    write(row, rows, k);
    return lost;
  }

  /** To nearest, ties to even; a mean is finite. */
  static int round(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
  }

  private void writePair(int[] even, int[] odd, int pair) {
    int[] words = new int[dim];
    for (int j = 0; j < dim; j++) {
      words[j] = even[j] | odd[j] << 16;
    }
    write(words, pairs, pair);
  }

  private static void write(int[] words, MemorySegment to, long row) {
    MemorySegment.copy(
        words, 0, to, ValueLayout.JAVA_INT, row * words.length * Integer.BYTES, words.length);
  }

  /** {@code K x ceil(d / 2)} words: two neighbours of a row. */
  public MemorySegment rows() {
    return rows;
  }

  /** {@code ceil(K / 2) x d} words: the same element of two rows. */
  public MemorySegment pairs() {
    return pairs;
  }

  /** The norm of what rounding took from a mean, at most. */
  public float slack() {
    return slack;
  }
}
