package dev.tweedie.backend.java.vector;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Squared distances over the Vector API: {@link Tile#scaledSquares} and {@link
 * Tile#squaredDistances}. Four components go together, their sums in registers, so that a row's
 * numbers are loaded once for all of them and no chain waits for itself. Those of four are
 * generated ({@code UnrolledForms}).
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
        UnrolledDistances.scaledSquares(x, xt + l, n, scale, shift, k * n, q, k * LANES + l);
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

  static void squaredDistances(
      float[] x, int xt, int n, float[] m, int mt, int stride, float[] q, int components) {
    int k = 0;
    for (; k + TOGETHER <= components; k += TOGETHER) {
      for (int l = 0; l < LANES; l += 2 * WIDTH) {
        UnrolledDistances.squaredDistances(
            x, xt + l, n, m, mt + k * stride, stride, q, k * LANES + l);
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
}
