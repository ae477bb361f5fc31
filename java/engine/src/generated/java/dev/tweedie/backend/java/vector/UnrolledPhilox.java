// Written by java/engine/generate from UnrolledForms.java: change that.
package dev.tweedie.backend.java.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.tweedie.noise.Philox;
import jdk.incubator.vector.LongVector;

/** Rounds of 4 vectors of counters, beside each other. */
final class UnrolledPhilox {
  static final int VECTORS = 4;

  private static final int LANES = VectorPhilox.LANES;

  private UnrolledPhilox() {}

  /** Words of counters [i, i + 4 LANES) to u and v; all but the keys are in upper halves. */
  static void words(
      long[] keys, long[] block, long[] row, int firstBlock, int firstRow, int streamWord, int stepWord, int count, int[] u, int[] v) {
    LongVector blocks = VectorPhilox.upper(firstBlock);
    LongVector rows = VectorPhilox.upper(firstRow);
    LongVector stream = VectorPhilox.upper(streamWord);
    LongVector step = VectorPhilox.upper(stepWord);
    LongVector m0 = VectorPhilox.upper(Philox.M0).lanewise(LSHR, 32);
    LongVector m1 = VectorPhilox.upper(Philox.M1).lanewise(LSHR, 32);
    for (int i = 0; i < count; i += VECTORS * LANES) {
      LongVector x0_0 = LongVector.fromArray(VectorPhilox.LONGS, block, i).add(blocks);
      LongVector x0_1 = LongVector.fromArray(VectorPhilox.LONGS, row, i).add(rows);
      LongVector x0_2 = stream;
      LongVector x0_3 = step;
      LongVector x1_0 = LongVector.fromArray(VectorPhilox.LONGS, block, i + LANES).add(blocks);
      LongVector x1_1 = LongVector.fromArray(VectorPhilox.LONGS, row, i + LANES).add(rows);
      LongVector x1_2 = stream;
      LongVector x1_3 = step;
      LongVector x2_0 = LongVector.fromArray(VectorPhilox.LONGS, block, i + 2 * LANES).add(blocks);
      LongVector x2_1 = LongVector.fromArray(VectorPhilox.LONGS, row, i + 2 * LANES).add(rows);
      LongVector x2_2 = stream;
      LongVector x2_3 = step;
      LongVector x3_0 = LongVector.fromArray(VectorPhilox.LONGS, block, i + 3 * LANES).add(blocks);
      LongVector x3_1 = LongVector.fromArray(VectorPhilox.LONGS, row, i + 3 * LANES).add(rows);
      LongVector x3_2 = stream;
      LongVector x3_3 = step;
      for (int round = 0; round < Philox.ROUNDS; round++) {
        LongVector key0 = LongVector.broadcast(VectorPhilox.LONGS, keys[2 * round]);
        LongVector key1 = LongVector.broadcast(VectorPhilox.LONGS, keys[2 * round + 1]);
        LongVector a0 = x0_0.lanewise(LSHR, 32).mul(m0);
        LongVector b0 = x0_2.lanewise(LSHR, 32).mul(m1);
        LongVector a1 = x1_0.lanewise(LSHR, 32).mul(m0);
        LongVector b1 = x1_2.lanewise(LSHR, 32).mul(m1);
        LongVector a2 = x2_0.lanewise(LSHR, 32).mul(m0);
        LongVector b2 = x2_2.lanewise(LSHR, 32).mul(m1);
        LongVector a3 = x3_0.lanewise(LSHR, 32).mul(m0);
        LongVector b3 = x3_2.lanewise(LSHR, 32).mul(m1);
        x0_0 = b0.lanewise(XOR, x0_1).lanewise(XOR, key0);
        x0_1 = b0.lanewise(LSHL, 32);
        x0_2 = a0.lanewise(XOR, x0_3).lanewise(XOR, key1);
        x0_3 = a0.lanewise(LSHL, 32);
        x1_0 = b1.lanewise(XOR, x1_1).lanewise(XOR, key0);
        x1_1 = b1.lanewise(LSHL, 32);
        x1_2 = a1.lanewise(XOR, x1_3).lanewise(XOR, key1);
        x1_3 = a1.lanewise(LSHL, 32);
        x2_0 = b2.lanewise(XOR, x2_1).lanewise(XOR, key0);
        x2_1 = b2.lanewise(LSHL, 32);
        x2_2 = a2.lanewise(XOR, x2_3).lanewise(XOR, key1);
        x2_3 = a2.lanewise(LSHL, 32);
        x3_0 = b3.lanewise(XOR, x3_1).lanewise(XOR, key0);
        x3_1 = b3.lanewise(LSHL, 32);
        x3_2 = a3.lanewise(XOR, x3_3).lanewise(XOR, key1);
        x3_3 = a3.lanewise(LSHL, 32);
      }
      x0_0.lanewise(LSHR, 32).or(x0_2.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(u, 2 * i);
      x0_1.lanewise(LSHR, 32).or(x0_3.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(v, 2 * i);
      x1_0.lanewise(LSHR, 32).or(x1_2.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(u, 2 * i + 2 * LANES);
      x1_1.lanewise(LSHR, 32).or(x1_3.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(v, 2 * i + 2 * LANES);
      x2_0.lanewise(LSHR, 32).or(x2_2.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(u, 2 * i + 2 * 2 * LANES);
      x2_1.lanewise(LSHR, 32).or(x2_3.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(v, 2 * i + 2 * 2 * LANES);
      x3_0.lanewise(LSHR, 32).or(x3_2.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(u, 2 * i + 3 * 2 * LANES);
      x3_1.lanewise(LSHR, 32).or(x3_3.and(VectorPhilox.UPPER)).reinterpretAsInts().intoArray(v, 2 * i + 3 * 2 * LANES);
    }
  }
}
