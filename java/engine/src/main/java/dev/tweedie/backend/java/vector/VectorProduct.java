package dev.tweedie.backend.java.vector;

import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel that {@link VectorTile#product} is made of: sums of some rows and two vectors
 * stay in registers for the whole depth. The kernels are generated ({@code UnrolledForms}): only
 * local variables stay in registers. Where a's rows or columns are contiguous a kernel of its own
 * knows it: the compiler then takes the bounds checks out of the loop, worth a fifth of the speed
 * (138 to 165 Gflop/s on one core with 512-bit vectors).
 */
final class VectorProduct {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = S.length();
  private static final int LANES = Tile.LANES;

  /** Rows of the large kernel: 24 sums, 2 vectors of b and 1 of a in 32 registers. */
  private static final int LARGE = 12;

  private static final int SMALL = 4;

  /** AVX2 has 16 registers, which hold the sums of the small kernel only. */
  private static final boolean MANY_REGISTERS = WIDTH != 8;

  /** What fresh sums start from. */
  private static final float[] ZEROS = new float[2 * WIDTH];

  private VectorProduct() {}

  static void add(
      float[] c,
      int ct,
      int rows,
      float[] a,
      int at,
      int am,
      int ak,
      float[] b,
      int bt,
      int depth,
      boolean fresh) {
    if (fresh && depth == 2 && ak == 1 && am == 2) {
      points(c, ct, rows, a, at, b, bt);
      return;
    }
    float[] start = fresh ? ZEROS : c;
    int step = fresh ? 0 : LANES;
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      int st = fresh ? 0 : ct + l;
      int i = 0;
      if (MANY_REGISTERS && ak == 1) {
        for (; i + LARGE <= rows; i += LARGE) {
          UnrolledProduct.largeOfRows(
              start,
              st + i * step,
              step,
              c,
              ct + i * LANES + l,
              a,
              at + i * am,
              am,
              b,
              bt + l,
              depth);
        }
      } else if (MANY_REGISTERS && am == 1) {
        for (; i + LARGE <= rows; i += LARGE) {
          UnrolledProduct.largeOfColumns(
              start, st + i * step, step, c, ct + i * LANES + l, a, at + i, ak, b, bt + l, depth);
        }
      }
      for (; i + SMALL <= rows; i += SMALL) {
        UnrolledProduct.any4(
            start,
            st + i * step,
            step,
            c,
            ct + i * LANES + l,
            a,
            at + i * am,
            am,
            ak,
            b,
            bt + l,
            depth);
      }
      for (; i + 2 <= rows; i += 2) {
        UnrolledProduct.any2(
            start,
            st + i * step,
            step,
            c,
            ct + i * LANES + l,
            a,
            at + i * am,
            am,
            ak,
            b,
            bt + l,
            depth);
      }
      for (; i < rows; i++) {
        UnrolledProduct.any1(
            start,
            st + i * step,
            step,
            c,
            ct + i * LANES + l,
            a,
            at + i * am,
            am,
            ak,
            b,
            bt + l,
            depth);
      }
    }
  }

  /**
   * Fresh sums of points of the plane: too shallow for the others, which would mostly check bounds.
   * Posteriors of 65,536 rows and 1,000 components took 30.7 ms without, and take 26.9.
   */
  private static void points(float[] c, int ct, int rows, float[] a, int at, float[] b, int bt) {
    FloatVector zero = FloatVector.zero(S);
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      FloatVector x0 = FloatVector.fromArray(S, b, bt + l);
      FloatVector x1 = FloatVector.fromArray(S, b, bt + l + WIDTH);
      FloatVector y0 = FloatVector.fromArray(S, b, bt + l + LANES);
      FloatVector y1 = FloatVector.fromArray(S, b, bt + l + LANES + WIDTH);
      for (int i = 0; i < rows; i++) {
        FloatVector u = FloatVector.broadcast(S, a[at + 2 * i]);
        FloatVector v = FloatVector.broadcast(S, a[at + 2 * i + 1]);
        v.fma(y0, u.fma(x0, zero)).intoArray(c, ct + i * LANES + l);
        v.fma(y1, u.fma(x1, zero)).intoArray(c, ct + i * LANES + l + WIDTH);
      }
    }
  }
}
