// Written by java/engine/generate from UnrolledForms.java: change that.
package dev.tweedie.backend.java.vector;

import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Squared distances of some components in two vectors. */
final class UnrolledDistances {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = S.length();
  private static final int LANES = Tile.LANES;

  private UnrolledDistances() {}

  /** {@code q += (x scale + shift)^2}, n columns from component to component. */
  static void scaledSquares(
      float[] x, int xt, int n, float[] scale, float[] shift, int at, float[] q, int qt) {
    FloatVector q0_0 = FloatVector.fromArray(S, q, qt);
    FloatVector q0_1 = FloatVector.fromArray(S, q, qt + WIDTH);
    FloatVector q1_0 = FloatVector.fromArray(S, q, qt + LANES);
    FloatVector q1_1 = FloatVector.fromArray(S, q, qt + LANES + WIDTH);
    FloatVector q2_0 = FloatVector.fromArray(S, q, qt + 2 * LANES);
    FloatVector q2_1 = FloatVector.fromArray(S, q, qt + 2 * LANES + WIDTH);
    FloatVector q3_0 = FloatVector.fromArray(S, q, qt + 3 * LANES);
    FloatVector q3_1 = FloatVector.fromArray(S, q, qt + 3 * LANES + WIDTH);
    int at0 = at;
    int at1 = at + n;
    int at2 = at + 2 * n;
    int at3 = at + 3 * n;
    for (int i = 0; i < n; i++) {
      FloatVector x0 = FloatVector.fromArray(S, x, xt + i * LANES);
      FloatVector x1 = FloatVector.fromArray(S, x, xt + i * LANES + WIDTH);
      FloatVector s0 = FloatVector.broadcast(S, scale[at0 + i]);
      FloatVector h0 = FloatVector.broadcast(S, shift[at0 + i]);
      FloatVector z0_0 = x0.fma(s0, h0);
      FloatVector z0_1 = x1.fma(s0, h0);
      q0_0 = z0_0.fma(z0_0, q0_0);
      q0_1 = z0_1.fma(z0_1, q0_1);
      FloatVector s1 = FloatVector.broadcast(S, scale[at1 + i]);
      FloatVector h1 = FloatVector.broadcast(S, shift[at1 + i]);
      FloatVector z1_0 = x0.fma(s1, h1);
      FloatVector z1_1 = x1.fma(s1, h1);
      q1_0 = z1_0.fma(z1_0, q1_0);
      q1_1 = z1_1.fma(z1_1, q1_1);
      FloatVector s2 = FloatVector.broadcast(S, scale[at2 + i]);
      FloatVector h2 = FloatVector.broadcast(S, shift[at2 + i]);
      FloatVector z2_0 = x0.fma(s2, h2);
      FloatVector z2_1 = x1.fma(s2, h2);
      q2_0 = z2_0.fma(z2_0, q2_0);
      q2_1 = z2_1.fma(z2_1, q2_1);
      FloatVector s3 = FloatVector.broadcast(S, scale[at3 + i]);
      FloatVector h3 = FloatVector.broadcast(S, shift[at3 + i]);
      FloatVector z3_0 = x0.fma(s3, h3);
      FloatVector z3_1 = x1.fma(s3, h3);
      q3_0 = z3_0.fma(z3_0, q3_0);
      q3_1 = z3_1.fma(z3_1, q3_1);
    }
    q0_0.intoArray(q, qt);
    q0_1.intoArray(q, qt + WIDTH);
    q1_0.intoArray(q, qt + LANES);
    q1_1.intoArray(q, qt + LANES + WIDTH);
    q2_0.intoArray(q, qt + 2 * LANES);
    q2_1.intoArray(q, qt + 2 * LANES + WIDTH);
    q3_0.intoArray(q, qt + 3 * LANES);
    q3_1.intoArray(q, qt + 3 * LANES + WIDTH);
  }

  /** {@code q = (x - m)^2}, {@code stride} numbers from component to component. */
  static void squaredDistances(
      float[] x, int xt, int n, float[] m, int at, int stride, float[] q, int qt) {
    FloatVector q0_0 = FloatVector.zero(S);
    FloatVector q0_1 = FloatVector.zero(S);
    FloatVector q1_0 = FloatVector.zero(S);
    FloatVector q1_1 = FloatVector.zero(S);
    FloatVector q2_0 = FloatVector.zero(S);
    FloatVector q2_1 = FloatVector.zero(S);
    FloatVector q3_0 = FloatVector.zero(S);
    FloatVector q3_1 = FloatVector.zero(S);
    int at0 = at;
    int at1 = at + stride;
    int at2 = at + 2 * stride;
    int at3 = at + 3 * stride;
    for (int i = 0; i < n; i++) {
      FloatVector x0 = FloatVector.fromArray(S, x, xt + i * LANES);
      FloatVector x1 = FloatVector.fromArray(S, x, xt + i * LANES + WIDTH);
      FloatVector y0 = FloatVector.broadcast(S, m[at0 + i]);
      FloatVector z0_0 = x0.sub(y0);
      FloatVector z0_1 = x1.sub(y0);
      q0_0 = z0_0.fma(z0_0, q0_0);
      q0_1 = z0_1.fma(z0_1, q0_1);
      FloatVector y1 = FloatVector.broadcast(S, m[at1 + i]);
      FloatVector z1_0 = x0.sub(y1);
      FloatVector z1_1 = x1.sub(y1);
      q1_0 = z1_0.fma(z1_0, q1_0);
      q1_1 = z1_1.fma(z1_1, q1_1);
      FloatVector y2 = FloatVector.broadcast(S, m[at2 + i]);
      FloatVector z2_0 = x0.sub(y2);
      FloatVector z2_1 = x1.sub(y2);
      q2_0 = z2_0.fma(z2_0, q2_0);
      q2_1 = z2_1.fma(z2_1, q2_1);
      FloatVector y3 = FloatVector.broadcast(S, m[at3 + i]);
      FloatVector z3_0 = x0.sub(y3);
      FloatVector z3_1 = x1.sub(y3);
      q3_0 = z3_0.fma(z3_0, q3_0);
      q3_1 = z3_1.fma(z3_1, q3_1);
    }
    q0_0.intoArray(q, qt);
    q0_1.intoArray(q, qt + WIDTH);
    q1_0.intoArray(q, qt + LANES);
    q1_1.intoArray(q, qt + LANES + WIDTH);
    q2_0.intoArray(q, qt + 2 * LANES);
    q2_1.intoArray(q, qt + 2 * LANES + WIDTH);
    q3_0.intoArray(q, qt + 3 * LANES);
    q3_1.intoArray(q, qt + 3 * LANES + WIDTH);
  }
}
