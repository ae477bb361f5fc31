// Written by java/engine/generate from UnrolledForms.java: change that.
package dev.tweedie.backend.java.vector;

import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Sums of products of some rows and two vectors, in registers for the whole depth. */
final class UnrolledProduct {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = S.length();
  private static final int LANES = Tile.LANES;

  private UnrolledProduct() {}

  /** Of 12 rows of a, each contiguous. */
  static void largeOfRows(
      float[] start, int st, int step, float[] c, int ct, float[] a, int at, int am, float[] b, int bt, int depth) {
    FloatVector c0_0 = FloatVector.fromArray(S, start, st);
    FloatVector c0_1 = FloatVector.fromArray(S, start, st + WIDTH);
    FloatVector c1_0 = FloatVector.fromArray(S, start, st + step);
    FloatVector c1_1 = FloatVector.fromArray(S, start, st + step + WIDTH);
    FloatVector c2_0 = FloatVector.fromArray(S, start, st + 2 * step);
    FloatVector c2_1 = FloatVector.fromArray(S, start, st + 2 * step + WIDTH);
    FloatVector c3_0 = FloatVector.fromArray(S, start, st + 3 * step);
    FloatVector c3_1 = FloatVector.fromArray(S, start, st + 3 * step + WIDTH);
    FloatVector c4_0 = FloatVector.fromArray(S, start, st + 4 * step);
    FloatVector c4_1 = FloatVector.fromArray(S, start, st + 4 * step + WIDTH);
    FloatVector c5_0 = FloatVector.fromArray(S, start, st + 5 * step);
    FloatVector c5_1 = FloatVector.fromArray(S, start, st + 5 * step + WIDTH);
    FloatVector c6_0 = FloatVector.fromArray(S, start, st + 6 * step);
    FloatVector c6_1 = FloatVector.fromArray(S, start, st + 6 * step + WIDTH);
    FloatVector c7_0 = FloatVector.fromArray(S, start, st + 7 * step);
    FloatVector c7_1 = FloatVector.fromArray(S, start, st + 7 * step + WIDTH);
    FloatVector c8_0 = FloatVector.fromArray(S, start, st + 8 * step);
    FloatVector c8_1 = FloatVector.fromArray(S, start, st + 8 * step + WIDTH);
    FloatVector c9_0 = FloatVector.fromArray(S, start, st + 9 * step);
    FloatVector c9_1 = FloatVector.fromArray(S, start, st + 9 * step + WIDTH);
    FloatVector c10_0 = FloatVector.fromArray(S, start, st + 10 * step);
    FloatVector c10_1 = FloatVector.fromArray(S, start, st + 10 * step + WIDTH);
    FloatVector c11_0 = FloatVector.fromArray(S, start, st + 11 * step);
    FloatVector c11_1 = FloatVector.fromArray(S, start, st + 11 * step + WIDTH);
    int at0 = at;
    int at1 = at + am;
    int at2 = at + 2 * am;
    int at3 = at + 3 * am;
    int at4 = at + 4 * am;
    int at5 = at + 5 * am;
    int at6 = at + 6 * am;
    int at7 = at + 7 * am;
    int at8 = at + 8 * am;
    int at9 = at + 9 * am;
    int at10 = at + 10 * am;
    int at11 = at + 11 * am;
    for (int p = 0; p < depth; p++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bt + p * LANES);
      FloatVector b1 = FloatVector.fromArray(S, b, bt + p * LANES + WIDTH);
      int q = p;
      FloatVector f0 = FloatVector.broadcast(S, a[at0 + q]);
      c0_0 = f0.fma(b0, c0_0);
      c0_1 = f0.fma(b1, c0_1);
      FloatVector f1 = FloatVector.broadcast(S, a[at1 + q]);
      c1_0 = f1.fma(b0, c1_0);
      c1_1 = f1.fma(b1, c1_1);
      FloatVector f2 = FloatVector.broadcast(S, a[at2 + q]);
      c2_0 = f2.fma(b0, c2_0);
      c2_1 = f2.fma(b1, c2_1);
      FloatVector f3 = FloatVector.broadcast(S, a[at3 + q]);
      c3_0 = f3.fma(b0, c3_0);
      c3_1 = f3.fma(b1, c3_1);
      FloatVector f4 = FloatVector.broadcast(S, a[at4 + q]);
      c4_0 = f4.fma(b0, c4_0);
      c4_1 = f4.fma(b1, c4_1);
      FloatVector f5 = FloatVector.broadcast(S, a[at5 + q]);
      c5_0 = f5.fma(b0, c5_0);
      c5_1 = f5.fma(b1, c5_1);
      FloatVector f6 = FloatVector.broadcast(S, a[at6 + q]);
      c6_0 = f6.fma(b0, c6_0);
      c6_1 = f6.fma(b1, c6_1);
      FloatVector f7 = FloatVector.broadcast(S, a[at7 + q]);
      c7_0 = f7.fma(b0, c7_0);
      c7_1 = f7.fma(b1, c7_1);
      FloatVector f8 = FloatVector.broadcast(S, a[at8 + q]);
      c8_0 = f8.fma(b0, c8_0);
      c8_1 = f8.fma(b1, c8_1);
      FloatVector f9 = FloatVector.broadcast(S, a[at9 + q]);
      c9_0 = f9.fma(b0, c9_0);
      c9_1 = f9.fma(b1, c9_1);
      FloatVector f10 = FloatVector.broadcast(S, a[at10 + q]);
      c10_0 = f10.fma(b0, c10_0);
      c10_1 = f10.fma(b1, c10_1);
      FloatVector f11 = FloatVector.broadcast(S, a[at11 + q]);
      c11_0 = f11.fma(b0, c11_0);
      c11_1 = f11.fma(b1, c11_1);
    }
    c0_0.intoArray(c, ct);
    c0_1.intoArray(c, ct + WIDTH);
    c1_0.intoArray(c, ct + LANES);
    c1_1.intoArray(c, ct + LANES + WIDTH);
    c2_0.intoArray(c, ct + 2 * LANES);
    c2_1.intoArray(c, ct + 2 * LANES + WIDTH);
    c3_0.intoArray(c, ct + 3 * LANES);
    c3_1.intoArray(c, ct + 3 * LANES + WIDTH);
    c4_0.intoArray(c, ct + 4 * LANES);
    c4_1.intoArray(c, ct + 4 * LANES + WIDTH);
    c5_0.intoArray(c, ct + 5 * LANES);
    c5_1.intoArray(c, ct + 5 * LANES + WIDTH);
    c6_0.intoArray(c, ct + 6 * LANES);
    c6_1.intoArray(c, ct + 6 * LANES + WIDTH);
    c7_0.intoArray(c, ct + 7 * LANES);
    c7_1.intoArray(c, ct + 7 * LANES + WIDTH);
    c8_0.intoArray(c, ct + 8 * LANES);
    c8_1.intoArray(c, ct + 8 * LANES + WIDTH);
    c9_0.intoArray(c, ct + 9 * LANES);
    c9_1.intoArray(c, ct + 9 * LANES + WIDTH);
    c10_0.intoArray(c, ct + 10 * LANES);
    c10_1.intoArray(c, ct + 10 * LANES + WIDTH);
    c11_0.intoArray(c, ct + 11 * LANES);
    c11_1.intoArray(c, ct + 11 * LANES + WIDTH);
  }

  /** Of 12 rows of a, whose columns are contiguous. */
  static void largeOfColumns(
      float[] start, int st, int step, float[] c, int ct, float[] a, int at, int ak, float[] b, int bt, int depth) {
    FloatVector c0_0 = FloatVector.fromArray(S, start, st);
    FloatVector c0_1 = FloatVector.fromArray(S, start, st + WIDTH);
    FloatVector c1_0 = FloatVector.fromArray(S, start, st + step);
    FloatVector c1_1 = FloatVector.fromArray(S, start, st + step + WIDTH);
    FloatVector c2_0 = FloatVector.fromArray(S, start, st + 2 * step);
    FloatVector c2_1 = FloatVector.fromArray(S, start, st + 2 * step + WIDTH);
    FloatVector c3_0 = FloatVector.fromArray(S, start, st + 3 * step);
    FloatVector c3_1 = FloatVector.fromArray(S, start, st + 3 * step + WIDTH);
    FloatVector c4_0 = FloatVector.fromArray(S, start, st + 4 * step);
    FloatVector c4_1 = FloatVector.fromArray(S, start, st + 4 * step + WIDTH);
    FloatVector c5_0 = FloatVector.fromArray(S, start, st + 5 * step);
    FloatVector c5_1 = FloatVector.fromArray(S, start, st + 5 * step + WIDTH);
    FloatVector c6_0 = FloatVector.fromArray(S, start, st + 6 * step);
    FloatVector c6_1 = FloatVector.fromArray(S, start, st + 6 * step + WIDTH);
    FloatVector c7_0 = FloatVector.fromArray(S, start, st + 7 * step);
    FloatVector c7_1 = FloatVector.fromArray(S, start, st + 7 * step + WIDTH);
    FloatVector c8_0 = FloatVector.fromArray(S, start, st + 8 * step);
    FloatVector c8_1 = FloatVector.fromArray(S, start, st + 8 * step + WIDTH);
    FloatVector c9_0 = FloatVector.fromArray(S, start, st + 9 * step);
    FloatVector c9_1 = FloatVector.fromArray(S, start, st + 9 * step + WIDTH);
    FloatVector c10_0 = FloatVector.fromArray(S, start, st + 10 * step);
    FloatVector c10_1 = FloatVector.fromArray(S, start, st + 10 * step + WIDTH);
    FloatVector c11_0 = FloatVector.fromArray(S, start, st + 11 * step);
    FloatVector c11_1 = FloatVector.fromArray(S, start, st + 11 * step + WIDTH);
    for (int p = 0; p < depth; p++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bt + p * LANES);
      FloatVector b1 = FloatVector.fromArray(S, b, bt + p * LANES + WIDTH);
      int q = at + p * ak;
      FloatVector f0 = FloatVector.broadcast(S, a[q]);
      c0_0 = f0.fma(b0, c0_0);
      c0_1 = f0.fma(b1, c0_1);
      FloatVector f1 = FloatVector.broadcast(S, a[q + 1]);
      c1_0 = f1.fma(b0, c1_0);
      c1_1 = f1.fma(b1, c1_1);
      FloatVector f2 = FloatVector.broadcast(S, a[q + 2]);
      c2_0 = f2.fma(b0, c2_0);
      c2_1 = f2.fma(b1, c2_1);
      FloatVector f3 = FloatVector.broadcast(S, a[q + 3]);
      c3_0 = f3.fma(b0, c3_0);
      c3_1 = f3.fma(b1, c3_1);
      FloatVector f4 = FloatVector.broadcast(S, a[q + 4]);
      c4_0 = f4.fma(b0, c4_0);
      c4_1 = f4.fma(b1, c4_1);
      FloatVector f5 = FloatVector.broadcast(S, a[q + 5]);
      c5_0 = f5.fma(b0, c5_0);
      c5_1 = f5.fma(b1, c5_1);
      FloatVector f6 = FloatVector.broadcast(S, a[q + 6]);
      c6_0 = f6.fma(b0, c6_0);
      c6_1 = f6.fma(b1, c6_1);
      FloatVector f7 = FloatVector.broadcast(S, a[q + 7]);
      c7_0 = f7.fma(b0, c7_0);
      c7_1 = f7.fma(b1, c7_1);
      FloatVector f8 = FloatVector.broadcast(S, a[q + 8]);
      c8_0 = f8.fma(b0, c8_0);
      c8_1 = f8.fma(b1, c8_1);
      FloatVector f9 = FloatVector.broadcast(S, a[q + 9]);
      c9_0 = f9.fma(b0, c9_0);
      c9_1 = f9.fma(b1, c9_1);
      FloatVector f10 = FloatVector.broadcast(S, a[q + 10]);
      c10_0 = f10.fma(b0, c10_0);
      c10_1 = f10.fma(b1, c10_1);
      FloatVector f11 = FloatVector.broadcast(S, a[q + 11]);
      c11_0 = f11.fma(b0, c11_0);
      c11_1 = f11.fma(b1, c11_1);
    }
    c0_0.intoArray(c, ct);
    c0_1.intoArray(c, ct + WIDTH);
    c1_0.intoArray(c, ct + LANES);
    c1_1.intoArray(c, ct + LANES + WIDTH);
    c2_0.intoArray(c, ct + 2 * LANES);
    c2_1.intoArray(c, ct + 2 * LANES + WIDTH);
    c3_0.intoArray(c, ct + 3 * LANES);
    c3_1.intoArray(c, ct + 3 * LANES + WIDTH);
    c4_0.intoArray(c, ct + 4 * LANES);
    c4_1.intoArray(c, ct + 4 * LANES + WIDTH);
    c5_0.intoArray(c, ct + 5 * LANES);
    c5_1.intoArray(c, ct + 5 * LANES + WIDTH);
    c6_0.intoArray(c, ct + 6 * LANES);
    c6_1.intoArray(c, ct + 6 * LANES + WIDTH);
    c7_0.intoArray(c, ct + 7 * LANES);
    c7_1.intoArray(c, ct + 7 * LANES + WIDTH);
    c8_0.intoArray(c, ct + 8 * LANES);
    c8_1.intoArray(c, ct + 8 * LANES + WIDTH);
    c9_0.intoArray(c, ct + 9 * LANES);
    c9_1.intoArray(c, ct + 9 * LANES + WIDTH);
    c10_0.intoArray(c, ct + 10 * LANES);
    c10_1.intoArray(c, ct + 10 * LANES + WIDTH);
    c11_0.intoArray(c, ct + 11 * LANES);
    c11_1.intoArray(c, ct + 11 * LANES + WIDTH);
  }

  /** Of 4 rows of a. */
  static void any4(
      float[] start, int st, int step, float[] c, int ct, float[] a, int at, int am, int ak, float[] b, int bt, int depth) {
    FloatVector c0_0 = FloatVector.fromArray(S, start, st);
    FloatVector c0_1 = FloatVector.fromArray(S, start, st + WIDTH);
    FloatVector c1_0 = FloatVector.fromArray(S, start, st + step);
    FloatVector c1_1 = FloatVector.fromArray(S, start, st + step + WIDTH);
    FloatVector c2_0 = FloatVector.fromArray(S, start, st + 2 * step);
    FloatVector c2_1 = FloatVector.fromArray(S, start, st + 2 * step + WIDTH);
    FloatVector c3_0 = FloatVector.fromArray(S, start, st + 3 * step);
    FloatVector c3_1 = FloatVector.fromArray(S, start, st + 3 * step + WIDTH);
    int at0 = at;
    int at1 = at + am;
    int at2 = at + 2 * am;
    int at3 = at + 3 * am;
    for (int p = 0; p < depth; p++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bt + p * LANES);
      FloatVector b1 = FloatVector.fromArray(S, b, bt + p * LANES + WIDTH);
      int q = p * ak;
      FloatVector f0 = FloatVector.broadcast(S, a[at0 + q]);
      c0_0 = f0.fma(b0, c0_0);
      c0_1 = f0.fma(b1, c0_1);
      FloatVector f1 = FloatVector.broadcast(S, a[at1 + q]);
      c1_0 = f1.fma(b0, c1_0);
      c1_1 = f1.fma(b1, c1_1);
      FloatVector f2 = FloatVector.broadcast(S, a[at2 + q]);
      c2_0 = f2.fma(b0, c2_0);
      c2_1 = f2.fma(b1, c2_1);
      FloatVector f3 = FloatVector.broadcast(S, a[at3 + q]);
      c3_0 = f3.fma(b0, c3_0);
      c3_1 = f3.fma(b1, c3_1);
    }
    c0_0.intoArray(c, ct);
    c0_1.intoArray(c, ct + WIDTH);
    c1_0.intoArray(c, ct + LANES);
    c1_1.intoArray(c, ct + LANES + WIDTH);
    c2_0.intoArray(c, ct + 2 * LANES);
    c2_1.intoArray(c, ct + 2 * LANES + WIDTH);
    c3_0.intoArray(c, ct + 3 * LANES);
    c3_1.intoArray(c, ct + 3 * LANES + WIDTH);
  }

  /** Of 2 rows of a. */
  static void any2(
      float[] start, int st, int step, float[] c, int ct, float[] a, int at, int am, int ak, float[] b, int bt, int depth) {
    FloatVector c0_0 = FloatVector.fromArray(S, start, st);
    FloatVector c0_1 = FloatVector.fromArray(S, start, st + WIDTH);
    FloatVector c1_0 = FloatVector.fromArray(S, start, st + step);
    FloatVector c1_1 = FloatVector.fromArray(S, start, st + step + WIDTH);
    int at0 = at;
    int at1 = at + am;
    for (int p = 0; p < depth; p++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bt + p * LANES);
      FloatVector b1 = FloatVector.fromArray(S, b, bt + p * LANES + WIDTH);
      int q = p * ak;
      FloatVector f0 = FloatVector.broadcast(S, a[at0 + q]);
      c0_0 = f0.fma(b0, c0_0);
      c0_1 = f0.fma(b1, c0_1);
      FloatVector f1 = FloatVector.broadcast(S, a[at1 + q]);
      c1_0 = f1.fma(b0, c1_0);
      c1_1 = f1.fma(b1, c1_1);
    }
    c0_0.intoArray(c, ct);
    c0_1.intoArray(c, ct + WIDTH);
    c1_0.intoArray(c, ct + LANES);
    c1_1.intoArray(c, ct + LANES + WIDTH);
  }

  /** Of 1 rows of a. */
  static void any1(
      float[] start, int st, int step, float[] c, int ct, float[] a, int at, int am, int ak, float[] b, int bt, int depth) {
    FloatVector c0_0 = FloatVector.fromArray(S, start, st);
    FloatVector c0_1 = FloatVector.fromArray(S, start, st + WIDTH);
    int at0 = at;
    for (int p = 0; p < depth; p++) {
      FloatVector b0 = FloatVector.fromArray(S, b, bt + p * LANES);
      FloatVector b1 = FloatVector.fromArray(S, b, bt + p * LANES + WIDTH);
      int q = p * ak;
      FloatVector f0 = FloatVector.broadcast(S, a[at0 + q]);
      c0_0 = f0.fma(b0, c0_0);
      c0_1 = f0.fma(b1, c0_1);
    }
    c0_0.intoArray(c, ct);
    c0_1.intoArray(c, ct + WIDTH);
  }
}
