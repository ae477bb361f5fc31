package dev.tweedie.backend.java.vector;

import dev.tweedie.noise.Philox;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Philox} over vectors: one counter a 64-bit lane, each word in the upper half of its lane.
 * So the operand of a product is a right shift, which tells the compiler that one 32 x 32 bit
 * multiplication will do, and the product's high word needs no shift: 0.5 ns a word where masked
 * lower halves took 0.8.
 */
final class VectorPhilox {
  static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;

  /** Counters in a vector. */
  static final int LANES = LONGS.length();

  /** Counters that are worked on beside each other, since a round waits for the one before. */
  static final int TOGETHER = UnrolledPhilox.VECTORS * LANES;

  static final long UPPER = 0xffffffff00000000L;

  private VectorPhilox() {}

  static LongVector upper(int word) {
    return LongVector.broadcast(LONGS, (long) word << 32);
  }

  /** One thread's batch of counters and their words. */
  static final class Counters {
    private int stream;
    private int step;

    /**
     * What the block and row numbers of a lane exceed these by is in {@link #block}, {@link #row}.
     */
    int firstBlock;

    int firstRow;

    /** In upper halves. */
    long[] block = {};

    long[] row = {};

    /** A lane's words 0 (lower half) and 2 (upper half); {@link #v} holds words 1 and 3. */
    final int[] u;

    final int[] v;

    /**
     * Both key words of each round, in upper halves: loaded, they take none of the vector ports.
     */
    private final long[] keys = new long[2 * Philox.ROUNDS];

    private long seed;

    Counters(int size) {
      u = new int[2 * size];
      v = new int[2 * size];
      schedule(seed);
    }

    /** What all counters share. */
    void share(long seed, int stream, int step) {
      if (seed != this.seed) {
        schedule(seed);
      }
      this.stream = stream;
      this.step = step;
    }

    private void schedule(long seed) {
      this.seed = seed;
      int key0 = (int) seed;
      int key1 = (int) (seed >>> 32);
      for (int round = 0; round < Philox.ROUNDS; round++) {
        keys[2 * round] = (long) key0 << 32;
        keys[2 * round + 1] = (long) key1 << 32;
        key0 += Philox.W0;
        key1 += Philox.W1;
      }
    }
  }

  /**
   * Fills u and v for {@code count} counters, a multiple of {@link #TOGETHER}. Four vectors in one
   * loop, because a round waits for the product of the one before: 0.42 ns a uniform where two took
   * 0.47 (Zen 5); without methods of our own, which the compiler would not inline into so much.
   * Generated ({@code UnrolledForms}).
   */
  static void words(Counters counters, int count) {
    UnrolledPhilox.words(
        counters.keys,
        counters.block,
        counters.row,
        counters.firstBlock,
        counters.firstRow,
        counters.stream,
        counters.step,
        count,
        counters.u,
        counters.v);
  }
}
