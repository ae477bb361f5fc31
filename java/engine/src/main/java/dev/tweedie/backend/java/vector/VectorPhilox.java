package dev.tweedie.backend.java.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

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
  static final int TOGETHER = 4 * LANES;

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
    long[] block;

    long[] row;

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
   */
  static void words(Counters counters, int count) {
    long[] keys = counters.keys;
    LongVector blocks = upper(counters.firstBlock);
    LongVector rows = upper(counters.firstRow);
    LongVector stream = upper(counters.stream);
    LongVector step = upper(counters.step);
    LongVector m0 = upper(Philox.M0).lanewise(LSHR, 32);
    LongVector m1 = upper(Philox.M1).lanewise(LSHR, 32);
    for (int i = 0; i < count; i += TOGETHER) {
      int j = i + LANES;
      int k = j + LANES;
      int l = k + LANES;
      LongVector x0 = LongVector.fromArray(LONGS, counters.block, i).add(blocks);
      LongVector x1 = LongVector.fromArray(LONGS, counters.row, i).add(rows);
      LongVector x2 = stream;
      LongVector x3 = step;
      LongVector y0 = LongVector.fromArray(LONGS, counters.block, j).add(blocks);
      LongVector y1 = LongVector.fromArray(LONGS, counters.row, j).add(rows);
      LongVector y2 = stream;
      LongVector y3 = step;
      LongVector z0 = LongVector.fromArray(LONGS, counters.block, k).add(blocks);
      LongVector z1 = LongVector.fromArray(LONGS, counters.row, k).add(rows);
      LongVector z2 = stream;
      LongVector z3 = step;
      LongVector w0 = LongVector.fromArray(LONGS, counters.block, l).add(blocks);
      LongVector w1 = LongVector.fromArray(LONGS, counters.row, l).add(rows);
      LongVector w2 = stream;
      LongVector w3 = step;
      for (int round = 0; round < Philox.ROUNDS; round++) {
        LongVector key0 = LongVector.broadcast(LONGS, keys[2 * round]);
        LongVector key1 = LongVector.broadcast(LONGS, keys[2 * round + 1]);
        LongVector a = x0.lanewise(LSHR, 32).mul(m0);
        LongVector b = x2.lanewise(LSHR, 32).mul(m1);
        LongVector c = y0.lanewise(LSHR, 32).mul(m0);
        LongVector d = y2.lanewise(LSHR, 32).mul(m1);
        LongVector e = z0.lanewise(LSHR, 32).mul(m0);
        LongVector f = z2.lanewise(LSHR, 32).mul(m1);
        LongVector g = w0.lanewise(LSHR, 32).mul(m0);
        LongVector h = w2.lanewise(LSHR, 32).mul(m1);
        x0 = b.lanewise(XOR, x1).lanewise(XOR, key0);
        x1 = b.lanewise(LSHL, 32);
        x2 = a.lanewise(XOR, x3).lanewise(XOR, key1);
        x3 = a.lanewise(LSHL, 32);
        y0 = d.lanewise(XOR, y1).lanewise(XOR, key0);
        y1 = d.lanewise(LSHL, 32);
        y2 = c.lanewise(XOR, y3).lanewise(XOR, key1);
        y3 = c.lanewise(LSHL, 32);
        z0 = f.lanewise(XOR, z1).lanewise(XOR, key0);
        z1 = f.lanewise(LSHL, 32);
        z2 = e.lanewise(XOR, z3).lanewise(XOR, key1);
        z3 = e.lanewise(LSHL, 32);
        w0 = h.lanewise(XOR, w1).lanewise(XOR, key0);
        w1 = h.lanewise(LSHL, 32);
        w2 = g.lanewise(XOR, w3).lanewise(XOR, key1);
        w3 = g.lanewise(LSHL, 32);
      }
      x0.lanewise(LSHR, 32).or(x2.and(UPPER)).reinterpretAsInts().intoArray(counters.u, 2 * i);
      x1.lanewise(LSHR, 32).or(x3.and(UPPER)).reinterpretAsInts().intoArray(counters.v, 2 * i);
      y0.lanewise(LSHR, 32).or(y2.and(UPPER)).reinterpretAsInts().intoArray(counters.u, 2 * j);
      y1.lanewise(LSHR, 32).or(y3.and(UPPER)).reinterpretAsInts().intoArray(counters.v, 2 * j);
      z0.lanewise(LSHR, 32).or(z2.and(UPPER)).reinterpretAsInts().intoArray(counters.u, 2 * k);
      z1.lanewise(LSHR, 32).or(z3.and(UPPER)).reinterpretAsInts().intoArray(counters.v, 2 * k);
      w0.lanewise(LSHR, 32).or(w2.and(UPPER)).reinterpretAsInts().intoArray(counters.u, 2 * l);
      w1.lanewise(LSHR, 32).or(w3.and(UPPER)).reinterpretAsInts().intoArray(counters.v, 2 * l);
    }
  }
}
