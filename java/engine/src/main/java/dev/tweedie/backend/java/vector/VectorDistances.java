package dev.tweedie.backend.java.vector;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Squared distances over the Vector API: {@link Tile#scaledSquares} and {@link
 * Tile#squaredDistances}. Four components go together, their sums in registers, so that a row's
 * numbers are loaded once for all of them and no chain waits for itself. The two differ in how a
 * difference is made; a method of its own for that would not always be inlined.
 */
final class VectorDistances {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = S.length();
  private static final int TOGETHER = 4;

  private VectorDistances() {}

  static void scaledSquares(
      float[] x, int xt, int n, float[] scale, float[] shift, float[] q, int components) {
    int k = 0;
    for (; k + TOGETHER <= components; k += TOGETHER) {
      for (int l = 0; l < LANES; l += 2 * WIDTH) {
        scaledSquaresOfFour(x, xt + l, n, scale, shift, k * n, q, k * LANES + l);
      }
    }
    for (; k < components; k++) {
      for (int l = 0; l < LANES; l += WIDTH) {
        FloatVector sum = FloatVector.fromArray(S, q, k * LANES + l);
        for (int i = 0; i < n; i++) {
          FloatVector z =
              FloatVector.fromArray(S, x, xt + i * LANES + l)
                  .fma(
                      FloatVector.broadcast(S, scale[k * n + i]),
                      FloatVector.broadcast(S, shift[k * n + i]));
          sum = z.fma(z, sum);
        }
        sum.intoArray(q, k * LANES + l);
      }
    }
  }

  private static void scaledSquaresOfFour(
      float[] x, int xt, int n, float[] scale, float[] shift, int at, float[] q, int qt) {
    FloatVector q00 = FloatVector.fromArray(S, q, qt);
    FloatVector q01 = FloatVector.fromArray(S, q, qt + WIDTH);
    FloatVector q10 = FloatVector.fromArray(S, q, qt + LANES);
    FloatVector q11 = FloatVector.fromArray(S, q, qt + LANES + WIDTH);
    FloatVector q20 = FloatVector.fromArray(S, q, qt + 2 * LANES);
    FloatVector q21 = FloatVector.fromArray(S, q, qt + 2 * LANES + WIDTH);
    FloatVector q30 = FloatVector.fromArray(S, q, qt + 3 * LANES);
    FloatVector q31 = FloatVector.fromArray(S, q, qt + 3 * LANES + WIDTH);
    int at1 = at + n;
    int at2 = at1 + n;
    int at3 = at2 + n;
    for (int i = 0; i < n; i++) {
      FloatVector x0 = FloatVector.fromArray(S, x, xt + i * LANES);
      FloatVector x1 = FloatVector.fromArray(S, x, xt + i * LANES + WIDTH);
      FloatVector s = FloatVector.broadcast(S, scale[at + i]);
      FloatVector h = FloatVector.broadcast(S, shift[at + i]);
      FloatVector z0 = x0.fma(s, h);
      FloatVector z1 = x1.fma(s, h);
      q00 = z0.fma(z0, q00);
      q01 = z1.fma(z1, q01);
      s = FloatVector.broadcast(S, scale[at1 + i]);
      h = FloatVector.broadcast(S, shift[at1 + i]);
      z0 = x0.fma(s, h);
      z1 = x1.fma(s, h);
      q10 = z0.fma(z0, q10);
      q11 = z1.fma(z1, q11);
      s = FloatVector.broadcast(S, scale[at2 + i]);
      h = FloatVector.broadcast(S, shift[at2 + i]);
      z0 = x0.fma(s, h);
      z1 = x1.fma(s, h);
      q20 = z0.fma(z0, q20);
      q21 = z1.fma(z1, q21);
      s = FloatVector.broadcast(S, scale[at3 + i]);
      h = FloatVector.broadcast(S, shift[at3 + i]);
      z0 = x0.fma(s, h);
      z1 = x1.fma(s, h);
      q30 = z0.fma(z0, q30);
      q31 = z1.fma(z1, q31);
    }
    q00.intoArray(q, qt);
    q01.intoArray(q, qt + WIDTH);
    q10.intoArray(q, qt + LANES);
    q11.intoArray(q, qt + LANES + WIDTH);
    q20.intoArray(q, qt + 2 * LANES);
    q21.intoArray(q, qt + 2 * LANES + WIDTH);
    q30.intoArray(q, qt + 3 * LANES);
    q31.intoArray(q, qt + 3 * LANES + WIDTH);
  }

  static void squaredDistances(
      float[] x, int xt, int n, float[] m, int mt, int stride, float[] q, int components) {
    int k = 0;
    for (; k + TOGETHER <= components; k += TOGETHER) {
      for (int l = 0; l < LANES; l += 2 * WIDTH) {
        squaredDistancesOfFour(x, xt + l, n, m, mt + k * stride, stride, q, k * LANES + l);
      }
    }
    for (; k < components; k++) {
      for (int l = 0; l < LANES; l += WIDTH) {
        FloatVector sum = FloatVector.zero(S);
        for (int i = 0; i < n; i++) {
          FloatVector z =
              FloatVector.fromArray(S, x, xt + i * LANES + l).sub(m[mt + k * stride + i]);
          sum = z.fma(z, sum);
        }
        sum.intoArray(q, k * LANES + l);
      }
    }
  }

  private static void squaredDistancesOfFour(
      float[] x, int xt, int n, float[] m, int at, int stride, float[] q, int qt) {
    FloatVector q00 = FloatVector.zero(S);
    FloatVector q01 = FloatVector.zero(S);
    FloatVector q10 = FloatVector.zero(S);
    FloatVector q11 = FloatVector.zero(S);
    FloatVector q20 = FloatVector.zero(S);
    FloatVector q21 = FloatVector.zero(S);
    FloatVector q30 = FloatVector.zero(S);
    FloatVector q31 = FloatVector.zero(S);
    int at1 = at + stride;
    int at2 = at1 + stride;
    int at3 = at2 + stride;
    for (int i = 0; i < n; i++) {
      FloatVector x0 = FloatVector.fromArray(S, x, xt + i * LANES);
      FloatVector x1 = FloatVector.fromArray(S, x, xt + i * LANES + WIDTH);
      FloatVector y = FloatVector.broadcast(S, m[at + i]);
      FloatVector z0 = x0.sub(y);
      FloatVector z1 = x1.sub(y);
      q00 = z0.fma(z0, q00);
      q01 = z1.fma(z1, q01);
      y = FloatVector.broadcast(S, m[at1 + i]);
      z0 = x0.sub(y);
      z1 = x1.sub(y);
      q10 = z0.fma(z0, q10);
      q11 = z1.fma(z1, q11);
      y = FloatVector.broadcast(S, m[at2 + i]);
      z0 = x0.sub(y);
      z1 = x1.sub(y);
      q20 = z0.fma(z0, q20);
      q21 = z1.fma(z1, q21);
      y = FloatVector.broadcast(S, m[at3 + i]);
      z0 = x0.sub(y);
      z1 = x1.sub(y);
      q30 = z0.fma(z0, q30);
      q31 = z1.fma(z1, q31);
    }
    q00.intoArray(q, qt);
    q01.intoArray(q, qt + WIDTH);
    q10.intoArray(q, qt + LANES);
    q11.intoArray(q, qt + LANES + WIDTH);
    q20.intoArray(q, qt + 2 * LANES);
    q21.intoArray(q, qt + 2 * LANES + WIDTH);
    q30.intoArray(q, qt + 3 * LANES);
    q31.intoArray(q, qt + 3 * LANES + WIDTH);
  }
}
