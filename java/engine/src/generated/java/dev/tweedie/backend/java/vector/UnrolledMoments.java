// Written by java/engine/generate from UnrolledForms.java: change that.
package dev.tweedie.backend.java.vector;

import static jdk.incubator.vector.VectorOperators.GT;

import dev.tweedie.backend.java.AffineMoments;
import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Second moments of some components in two vectors. */
final class UnrolledMoments {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = S.length();
  private static final int LANES = Tile.LANES;

  private UnrolledMoments() {}

  /** (mean_k - mean)'v of 4, two vectors each, one component after the other. */
  static void dots4(
      AffineMoments moments, int[] picked, int first, float[] x, float[] mean, float[] v, int at, float[] along) {
    float[] slope = moments.slope;
    float[] pull = moments.pull;
    int dim = moments.dim;
    int step = moments.step;
    int p0 = picked[first] * dim;
    int p1 = picked[first + 1] * dim;
    int p2 = picked[first + 2] * dim;
    int p3 = picked[first + 3] * dim;
    int s0 = moments.first(picked[first]);
    int s1 = moments.first(picked[first + 1]);
    int s2 = moments.first(picked[first + 2]);
    int s3 = moments.first(picked[first + 3]);
    FloatVector c0_0 = FloatVector.zero(S);
    FloatVector c0_1 = FloatVector.zero(S);
    FloatVector c1_0 = FloatVector.zero(S);
    FloatVector c1_1 = FloatVector.zero(S);
    FloatVector c2_0 = FloatVector.zero(S);
    FloatVector c2_1 = FloatVector.zero(S);
    FloatVector c3_0 = FloatVector.zero(S);
    FloatVector c3_1 = FloatVector.zero(S);
    for (int j = 0; j < dim; j++) {
      int row = at + j * LANES;
      FloatVector x0 = FloatVector.fromArray(S, x, row);
      FloatVector x1 = FloatVector.fromArray(S, x, row + WIDTH);
      FloatVector m0 = FloatVector.fromArray(S, mean, row);
      FloatVector m1 = FloatVector.fromArray(S, mean, row + WIDTH);
      FloatVector v0 = FloatVector.fromArray(S, v, row);
      FloatVector v1 = FloatVector.fromArray(S, v, row + WIDTH);
      FloatVector slope0 = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector pull0 = FloatVector.broadcast(S, pull[p0 + j]);
      c0_0 = slope0.fma(x0, pull0).sub(m0).fma(v0, c0_0);
      c0_1 = slope0.fma(x1, pull0).sub(m1).fma(v1, c0_1);
      FloatVector slope1 = FloatVector.broadcast(S, slope[s1 + step * j]);
      FloatVector pull1 = FloatVector.broadcast(S, pull[p1 + j]);
      c1_0 = slope1.fma(x0, pull1).sub(m0).fma(v0, c1_0);
      c1_1 = slope1.fma(x1, pull1).sub(m1).fma(v1, c1_1);
      FloatVector slope2 = FloatVector.broadcast(S, slope[s2 + step * j]);
      FloatVector pull2 = FloatVector.broadcast(S, pull[p2 + j]);
      c2_0 = slope2.fma(x0, pull2).sub(m0).fma(v0, c2_0);
      c2_1 = slope2.fma(x1, pull2).sub(m1).fma(v1, c2_1);
      FloatVector slope3 = FloatVector.broadcast(S, slope[s3 + step * j]);
      FloatVector pull3 = FloatVector.broadcast(S, pull[p3 + j]);
      c3_0 = slope3.fma(x0, pull3).sub(m0).fma(v0, c3_0);
      c3_1 = slope3.fma(x1, pull3).sub(m1).fma(v1, c3_1);
    }
    c0_0.intoArray(along, 0);
    c0_1.intoArray(along, 0 + WIDTH);
    c1_0.intoArray(along, 0 + 2 * WIDTH);
    c1_1.intoArray(along, 0 + 2 * WIDTH + WIDTH);
    c2_0.intoArray(along, 0 + 2 * 2 * WIDTH);
    c2_1.intoArray(along, 0 + 2 * 2 * WIDTH + WIDTH);
    c3_0.intoArray(along, 0 + 3 * 2 * WIDTH);
    c3_1.intoArray(along, 0 + 3 * 2 * WIDTH + WIDTH);
  }

  /** Adds 4 to part: {@code w ((mean_k - mean) along + spread v)}. */
  static void products4(
      AffineMoments moments, int[] picked, int first, float[] weights, int lane, float[] x, float[] mean, float[] v, int at, float[] along, float[] part) {
    float[] slope = moments.slope;
    float[] pull = moments.pull;
    float[] spread = moments.spread;
    int dim = moments.dim;
    int step = moments.step;
    int p0 = picked[first] * dim;
    int p1 = picked[first + 1] * dim;
    int p2 = picked[first + 2] * dim;
    int p3 = picked[first + 3] * dim;
    int s0 = moments.first(picked[first]);
    int s1 = moments.first(picked[first + 1]);
    int s2 = moments.first(picked[first + 2]);
    int s3 = moments.first(picked[first + 3]);
    FloatVector w0_0 = FloatVector.fromArray(S, weights, picked[first] * LANES + lane);
    FloatVector w0_1 = FloatVector.fromArray(S, weights, picked[first] * LANES + lane + WIDTH);
    FloatVector w1_0 = FloatVector.fromArray(S, weights, picked[first + 1] * LANES + lane);
    FloatVector w1_1 = FloatVector.fromArray(S, weights, picked[first + 1] * LANES + lane + WIDTH);
    FloatVector w2_0 = FloatVector.fromArray(S, weights, picked[first + 2] * LANES + lane);
    FloatVector w2_1 = FloatVector.fromArray(S, weights, picked[first + 2] * LANES + lane + WIDTH);
    FloatVector w3_0 = FloatVector.fromArray(S, weights, picked[first + 3] * LANES + lane);
    FloatVector w3_1 = FloatVector.fromArray(S, weights, picked[first + 3] * LANES + lane + WIDTH);
    VectorMask<Float> k0_0 = w0_0.compare(GT, 0);
    VectorMask<Float> k0_1 = w0_1.compare(GT, 0);
    VectorMask<Float> k1_0 = w1_0.compare(GT, 0);
    VectorMask<Float> k1_1 = w1_1.compare(GT, 0);
    VectorMask<Float> k2_0 = w2_0.compare(GT, 0);
    VectorMask<Float> k2_1 = w2_1.compare(GT, 0);
    VectorMask<Float> k3_0 = w3_0.compare(GT, 0);
    VectorMask<Float> k3_1 = w3_1.compare(GT, 0);
    FloatVector c0_0 = FloatVector.fromArray(S, along, 0);
    FloatVector c0_1 = FloatVector.fromArray(S, along, 0 + WIDTH);
    FloatVector c1_0 = FloatVector.fromArray(S, along, 0 + 2 * WIDTH);
    FloatVector c1_1 = FloatVector.fromArray(S, along, 0 + 2 * WIDTH + WIDTH);
    FloatVector c2_0 = FloatVector.fromArray(S, along, 0 + 2 * 2 * WIDTH);
    FloatVector c2_1 = FloatVector.fromArray(S, along, 0 + 2 * 2 * WIDTH + WIDTH);
    FloatVector c3_0 = FloatVector.fromArray(S, along, 0 + 3 * 2 * WIDTH);
    FloatVector c3_1 = FloatVector.fromArray(S, along, 0 + 3 * 2 * WIDTH + WIDTH);
    for (int j = 0; j < dim; j++) {
      int row = at + j * LANES;
      FloatVector x0 = FloatVector.fromArray(S, x, row);
      FloatVector x1 = FloatVector.fromArray(S, x, row + WIDTH);
      FloatVector m0 = FloatVector.fromArray(S, mean, row);
      FloatVector m1 = FloatVector.fromArray(S, mean, row + WIDTH);
      FloatVector v0 = FloatVector.fromArray(S, v, row);
      FloatVector v1 = FloatVector.fromArray(S, v, row + WIDTH);
      FloatVector q0 = FloatVector.fromArray(S, part, row);
      FloatVector q1 = FloatVector.fromArray(S, part, row + WIDTH);
      FloatVector slope0 = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector pull0 = FloatVector.broadcast(S, pull[p0 + j]);
      FloatVector spread0 = FloatVector.broadcast(S, spread[s0 + step * j]);
      q0 = q0.blend(w0_0.fma(c0_0.fma(slope0.fma(x0, pull0).sub(m0), spread0.mul(v0)), q0), k0_0);
      q1 = q1.blend(w0_1.fma(c0_1.fma(slope0.fma(x1, pull0).sub(m1), spread0.mul(v1)), q1), k0_1);
      FloatVector slope1 = FloatVector.broadcast(S, slope[s1 + step * j]);
      FloatVector pull1 = FloatVector.broadcast(S, pull[p1 + j]);
      FloatVector spread1 = FloatVector.broadcast(S, spread[s1 + step * j]);
      q0 = q0.blend(w1_0.fma(c1_0.fma(slope1.fma(x0, pull1).sub(m0), spread1.mul(v0)), q0), k1_0);
      q1 = q1.blend(w1_1.fma(c1_1.fma(slope1.fma(x1, pull1).sub(m1), spread1.mul(v1)), q1), k1_1);
      FloatVector slope2 = FloatVector.broadcast(S, slope[s2 + step * j]);
      FloatVector pull2 = FloatVector.broadcast(S, pull[p2 + j]);
      FloatVector spread2 = FloatVector.broadcast(S, spread[s2 + step * j]);
      q0 = q0.blend(w2_0.fma(c2_0.fma(slope2.fma(x0, pull2).sub(m0), spread2.mul(v0)), q0), k2_0);
      q1 = q1.blend(w2_1.fma(c2_1.fma(slope2.fma(x1, pull2).sub(m1), spread2.mul(v1)), q1), k2_1);
      FloatVector slope3 = FloatVector.broadcast(S, slope[s3 + step * j]);
      FloatVector pull3 = FloatVector.broadcast(S, pull[p3 + j]);
      FloatVector spread3 = FloatVector.broadcast(S, spread[s3 + step * j]);
      q0 = q0.blend(w3_0.fma(c3_0.fma(slope3.fma(x0, pull3).sub(m0), spread3.mul(v0)), q0), k3_0);
      q1 = q1.blend(w3_1.fma(c3_1.fma(slope3.fma(x1, pull3).sub(m1), spread3.mul(v1)), q1), k3_1);
      q0.intoArray(part, row);
      q1.intoArray(part, row + WIDTH);
    }
  }

  /** (mean_k - mean)'v of 1, two vectors each, one component after the other. */
  static void dots1(
      AffineMoments moments, int[] picked, int first, float[] x, float[] mean, float[] v, int at, float[] along) {
    float[] slope = moments.slope;
    float[] pull = moments.pull;
    int dim = moments.dim;
    int step = moments.step;
    int p0 = picked[first] * dim;
    int s0 = moments.first(picked[first]);
    FloatVector c0_0 = FloatVector.zero(S);
    FloatVector c0_1 = FloatVector.zero(S);
    for (int j = 0; j < dim; j++) {
      int row = at + j * LANES;
      FloatVector x0 = FloatVector.fromArray(S, x, row);
      FloatVector x1 = FloatVector.fromArray(S, x, row + WIDTH);
      FloatVector m0 = FloatVector.fromArray(S, mean, row);
      FloatVector m1 = FloatVector.fromArray(S, mean, row + WIDTH);
      FloatVector v0 = FloatVector.fromArray(S, v, row);
      FloatVector v1 = FloatVector.fromArray(S, v, row + WIDTH);
      FloatVector slope0 = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector pull0 = FloatVector.broadcast(S, pull[p0 + j]);
      c0_0 = slope0.fma(x0, pull0).sub(m0).fma(v0, c0_0);
      c0_1 = slope0.fma(x1, pull0).sub(m1).fma(v1, c0_1);
    }
    c0_0.intoArray(along, 0);
    c0_1.intoArray(along, 0 + WIDTH);
  }

  /** Adds 1 to part: {@code w ((mean_k - mean) along + spread v)}. */
  static void products1(
      AffineMoments moments, int[] picked, int first, float[] weights, int lane, float[] x, float[] mean, float[] v, int at, float[] along, float[] part) {
    float[] slope = moments.slope;
    float[] pull = moments.pull;
    float[] spread = moments.spread;
    int dim = moments.dim;
    int step = moments.step;
    int p0 = picked[first] * dim;
    int s0 = moments.first(picked[first]);
    FloatVector w0_0 = FloatVector.fromArray(S, weights, picked[first] * LANES + lane);
    FloatVector w0_1 = FloatVector.fromArray(S, weights, picked[first] * LANES + lane + WIDTH);
    VectorMask<Float> k0_0 = w0_0.compare(GT, 0);
    VectorMask<Float> k0_1 = w0_1.compare(GT, 0);
    FloatVector c0_0 = FloatVector.fromArray(S, along, 0);
    FloatVector c0_1 = FloatVector.fromArray(S, along, 0 + WIDTH);
    for (int j = 0; j < dim; j++) {
      int row = at + j * LANES;
      FloatVector x0 = FloatVector.fromArray(S, x, row);
      FloatVector x1 = FloatVector.fromArray(S, x, row + WIDTH);
      FloatVector m0 = FloatVector.fromArray(S, mean, row);
      FloatVector m1 = FloatVector.fromArray(S, mean, row + WIDTH);
      FloatVector v0 = FloatVector.fromArray(S, v, row);
      FloatVector v1 = FloatVector.fromArray(S, v, row + WIDTH);
      FloatVector q0 = FloatVector.fromArray(S, part, row);
      FloatVector q1 = FloatVector.fromArray(S, part, row + WIDTH);
      FloatVector slope0 = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector pull0 = FloatVector.broadcast(S, pull[p0 + j]);
      FloatVector spread0 = FloatVector.broadcast(S, spread[s0 + step * j]);
      q0 = q0.blend(w0_0.fma(c0_0.fma(slope0.fma(x0, pull0).sub(m0), spread0.mul(v0)), q0), k0_0);
      q1 = q1.blend(w0_1.fma(c0_1.fma(slope0.fma(x1, pull0).sub(m1), spread0.mul(v1)), q1), k0_1);
      q0.intoArray(part, row);
      q1.intoArray(part, row + WIDTH);
    }
  }
}
