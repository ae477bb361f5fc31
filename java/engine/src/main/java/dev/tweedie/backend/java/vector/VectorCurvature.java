package dev.tweedie.backend.java.vector;

import static dev.tweedie.backend.java.Tile.LANES;
import static jdk.incubator.vector.VectorOperators.GT;

import dev.tweedie.backend.java.AffineMoments;
import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Second moments over the Vector API: {@link Tile#addTimes} and {@link Tile#addVariance}. Four
 * components go together, so that the numbers of a row are loaded once for all of them and no chain
 * waits for itself; a mean's distance is made anew wherever it is needed, which costs less than to
 * keep it. {@code dots} and {@code products} as one method, with the dots in registers, took 1.3 of
 * the time for points and 1.1 for diagonal components: too much for the compiler to keep.
 */
final class VectorCurvature {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = S.length();
  private static final int TOGETHER = AffineMoments.TOGETHER;

  private VectorCurvature() {}

  static void addTimes(
      AffineMoments moments,
      int[] picked,
      int n,
      float[] weights,
      float[] x,
      float[] mean,
      float[] v,
      int at,
      float[] along,
      float[] part) {
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      int i = 0;
      for (; i + TOGETHER <= n; i += TOGETHER) {
        dots(moments, picked, i, x, mean, v, at + lane, along);
        products(moments, picked, i, weights, lane, x, mean, v, at + lane, along, part);
      }
      for (; i < n; i++) {
        dot(moments, picked[i], x, mean, v, at + lane, along);
        product(moments, picked[i], weights, lane, x, mean, v, at + lane, along, part);
      }
    }
  }

  /** Of four components (mean_k - mean)'v, two vectors each, one component after the other. */
  private static void dots(
      AffineMoments moments,
      int[] picked,
      int first,
      float[] x,
      float[] mean,
      float[] v,
      int at,
      float[] along) {
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
    FloatVector c0 = FloatVector.zero(S);
    FloatVector d0 = FloatVector.zero(S);
    FloatVector c1 = FloatVector.zero(S);
    FloatVector d1 = FloatVector.zero(S);
    FloatVector c2 = FloatVector.zero(S);
    FloatVector d2 = FloatVector.zero(S);
    FloatVector c3 = FloatVector.zero(S);
    FloatVector d3 = FloatVector.zero(S);
    for (int j = 0; j < dim; j++) {
      int row = at + j * LANES;
      FloatVector x0 = FloatVector.fromArray(S, x, row);
      FloatVector x1 = FloatVector.fromArray(S, x, row + WIDTH);
      FloatVector m0 = FloatVector.fromArray(S, mean, row);
      FloatVector m1 = FloatVector.fromArray(S, mean, row + WIDTH);
      FloatVector v0 = FloatVector.fromArray(S, v, row);
      FloatVector v1 = FloatVector.fromArray(S, v, row + WIDTH);
      FloatVector s = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector p = FloatVector.broadcast(S, pull[p0 + j]);
      c0 = s.fma(x0, p).sub(m0).fma(v0, c0);
      d0 = s.fma(x1, p).sub(m1).fma(v1, d0);
      s = FloatVector.broadcast(S, slope[s1 + step * j]);
      p = FloatVector.broadcast(S, pull[p1 + j]);
      c1 = s.fma(x0, p).sub(m0).fma(v0, c1);
      d1 = s.fma(x1, p).sub(m1).fma(v1, d1);
      s = FloatVector.broadcast(S, slope[s2 + step * j]);
      p = FloatVector.broadcast(S, pull[p2 + j]);
      c2 = s.fma(x0, p).sub(m0).fma(v0, c2);
      d2 = s.fma(x1, p).sub(m1).fma(v1, d2);
      s = FloatVector.broadcast(S, slope[s3 + step * j]);
      p = FloatVector.broadcast(S, pull[p3 + j]);
      c3 = s.fma(x0, p).sub(m0).fma(v0, c3);
      d3 = s.fma(x1, p).sub(m1).fma(v1, d3);
    }
    c0.intoArray(along, 0);
    d0.intoArray(along, WIDTH);
    c1.intoArray(along, 2 * WIDTH);
    d1.intoArray(along, 3 * WIDTH);
    c2.intoArray(along, 4 * WIDTH);
    d2.intoArray(along, 5 * WIDTH);
    c3.intoArray(along, 6 * WIDTH);
    d3.intoArray(along, 7 * WIDTH);
  }

  /** Adds four components to part: {@code w ((mean_k - mean) along + spread v)}. */
  private static void products(
      AffineMoments moments,
      int[] picked,
      int first,
      float[] weights,
      int lane,
      float[] x,
      float[] mean,
      float[] v,
      int at,
      float[] along,
      float[] part) {
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
    FloatVector w00 = FloatVector.fromArray(S, weights, picked[first] * LANES + lane);
    FloatVector w01 = FloatVector.fromArray(S, weights, picked[first] * LANES + lane + WIDTH);
    FloatVector w10 = FloatVector.fromArray(S, weights, picked[first + 1] * LANES + lane);
    FloatVector w11 = FloatVector.fromArray(S, weights, picked[first + 1] * LANES + lane + WIDTH);
    FloatVector w20 = FloatVector.fromArray(S, weights, picked[first + 2] * LANES + lane);
    FloatVector w21 = FloatVector.fromArray(S, weights, picked[first + 2] * LANES + lane + WIDTH);
    FloatVector w30 = FloatVector.fromArray(S, weights, picked[first + 3] * LANES + lane);
    FloatVector w31 = FloatVector.fromArray(S, weights, picked[first + 3] * LANES + lane + WIDTH);
    VectorMask<Float> k00 = w00.compare(GT, 0);
    VectorMask<Float> k01 = w01.compare(GT, 0);
    VectorMask<Float> k10 = w10.compare(GT, 0);
    VectorMask<Float> k11 = w11.compare(GT, 0);
    VectorMask<Float> k20 = w20.compare(GT, 0);
    VectorMask<Float> k21 = w21.compare(GT, 0);
    VectorMask<Float> k30 = w30.compare(GT, 0);
    VectorMask<Float> k31 = w31.compare(GT, 0);
    FloatVector c0 = FloatVector.fromArray(S, along, 0);
    FloatVector d0 = FloatVector.fromArray(S, along, WIDTH);
    FloatVector c1 = FloatVector.fromArray(S, along, 2 * WIDTH);
    FloatVector d1 = FloatVector.fromArray(S, along, 3 * WIDTH);
    FloatVector c2 = FloatVector.fromArray(S, along, 4 * WIDTH);
    FloatVector d2 = FloatVector.fromArray(S, along, 5 * WIDTH);
    FloatVector c3 = FloatVector.fromArray(S, along, 6 * WIDTH);
    FloatVector d3 = FloatVector.fromArray(S, along, 7 * WIDTH);
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
      FloatVector s = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector p = FloatVector.broadcast(S, pull[p0 + j]);
      FloatVector h = FloatVector.broadcast(S, spread[s0 + step * j]);
      q0 = q0.blend(w00.fma(c0.fma(s.fma(x0, p).sub(m0), h.mul(v0)), q0), k00);
      q1 = q1.blend(w01.fma(d0.fma(s.fma(x1, p).sub(m1), h.mul(v1)), q1), k01);
      s = FloatVector.broadcast(S, slope[s1 + step * j]);
      p = FloatVector.broadcast(S, pull[p1 + j]);
      h = FloatVector.broadcast(S, spread[s1 + step * j]);
      q0 = q0.blend(w10.fma(c1.fma(s.fma(x0, p).sub(m0), h.mul(v0)), q0), k10);
      q1 = q1.blend(w11.fma(d1.fma(s.fma(x1, p).sub(m1), h.mul(v1)), q1), k11);
      s = FloatVector.broadcast(S, slope[s2 + step * j]);
      p = FloatVector.broadcast(S, pull[p2 + j]);
      h = FloatVector.broadcast(S, spread[s2 + step * j]);
      q0 = q0.blend(w20.fma(c2.fma(s.fma(x0, p).sub(m0), h.mul(v0)), q0), k20);
      q1 = q1.blend(w21.fma(d2.fma(s.fma(x1, p).sub(m1), h.mul(v1)), q1), k21);
      s = FloatVector.broadcast(S, slope[s3 + step * j]);
      p = FloatVector.broadcast(S, pull[p3 + j]);
      h = FloatVector.broadcast(S, spread[s3 + step * j]);
      q0 = q0.blend(w30.fma(c3.fma(s.fma(x0, p).sub(m0), h.mul(v0)), q0), k30);
      q1 = q1.blend(w31.fma(d3.fma(s.fma(x1, p).sub(m1), h.mul(v1)), q1), k31);
      q0.intoArray(part, row);
      q1.intoArray(part, row + WIDTH);
    }
  }

  private static void dot(
      AffineMoments moments, int k, float[] x, float[] mean, float[] v, int at, float[] along) {
    float[] slope = moments.slope;
    float[] pull = moments.pull;
    int dim = moments.dim;
    int step = moments.step;
    int p0 = k * dim;
    int s0 = moments.first(k);
    FloatVector c0 = FloatVector.zero(S);
    FloatVector d0 = FloatVector.zero(S);
    for (int j = 0; j < dim; j++) {
      int row = at + j * LANES;
      FloatVector s = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector p = FloatVector.broadcast(S, pull[p0 + j]);
      FloatVector t0 = s.fma(FloatVector.fromArray(S, x, row), p);
      FloatVector t1 = s.fma(FloatVector.fromArray(S, x, row + WIDTH), p);
      t0 = t0.sub(FloatVector.fromArray(S, mean, row));
      t1 = t1.sub(FloatVector.fromArray(S, mean, row + WIDTH));
      c0 = t0.fma(FloatVector.fromArray(S, v, row), c0);
      d0 = t1.fma(FloatVector.fromArray(S, v, row + WIDTH), d0);
    }
    c0.intoArray(along, 0);
    d0.intoArray(along, WIDTH);
  }

  private static void product(
      AffineMoments moments,
      int k,
      float[] weights,
      int lane,
      float[] x,
      float[] mean,
      float[] v,
      int at,
      float[] along,
      float[] part) {
    float[] slope = moments.slope;
    float[] pull = moments.pull;
    float[] spread = moments.spread;
    int dim = moments.dim;
    int step = moments.step;
    int p0 = k * dim;
    int s0 = moments.first(k);
    FloatVector w0 = FloatVector.fromArray(S, weights, k * LANES + lane);
    FloatVector w1 = FloatVector.fromArray(S, weights, k * LANES + lane + WIDTH);
    VectorMask<Float> k0 = w0.compare(GT, 0);
    VectorMask<Float> k1 = w1.compare(GT, 0);
    FloatVector c0 = FloatVector.fromArray(S, along, 0);
    FloatVector d0 = FloatVector.fromArray(S, along, WIDTH);
    for (int j = 0; j < dim; j++) {
      int row = at + j * LANES;
      FloatVector s = FloatVector.broadcast(S, slope[s0 + step * j]);
      FloatVector p = FloatVector.broadcast(S, pull[p0 + j]);
      FloatVector h = FloatVector.broadcast(S, spread[s0 + step * j]);
      FloatVector t0 = s.fma(FloatVector.fromArray(S, x, row), p);
      FloatVector t1 = s.fma(FloatVector.fromArray(S, x, row + WIDTH), p);
      t0 = t0.sub(FloatVector.fromArray(S, mean, row));
      t1 = t1.sub(FloatVector.fromArray(S, mean, row + WIDTH));
      t0 = c0.fma(t0, h.mul(FloatVector.fromArray(S, v, row)));
      t1 = d0.fma(t1, h.mul(FloatVector.fromArray(S, v, row + WIDTH)));
      FloatVector q0 = FloatVector.fromArray(S, part, row);
      FloatVector q1 = FloatVector.fromArray(S, part, row + WIDTH);
      q0.blend(w0.fma(t0, q0), k0).intoArray(part, row);
      q1.blend(w1.fma(t1, q1), k1).intoArray(part, row + WIDTH);
    }
  }

  /** A direction at a time, over all components: part stays in registers. */
  static void addVariance(
      AffineMoments moments,
      int[] picked,
      int n,
      float[] weights,
      float[] x,
      float[] mean,
      int at,
      float[] part) {
    float[] slope = moments.slope;
    float[] pull = moments.pull;
    float[] spread = moments.spread;
    int dim = moments.dim;
    int step = moments.step;
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      for (int j = 0; j < dim; j++) {
        int row = at + j * LANES + lane;
        FloatVector x0 = FloatVector.fromArray(S, x, row);
        FloatVector x1 = FloatVector.fromArray(S, x, row + WIDTH);
        FloatVector m0 = FloatVector.fromArray(S, mean, row);
        FloatVector m1 = FloatVector.fromArray(S, mean, row + WIDTH);
        FloatVector q0 = FloatVector.fromArray(S, part, row);
        FloatVector q1 = FloatVector.fromArray(S, part, row + WIDTH);
        for (int i = 0; i < n; i++) {
          int k = picked[i];
          int from = moments.first(k) + step * j;
          FloatVector s = FloatVector.broadcast(S, slope[from]);
          FloatVector p = FloatVector.broadcast(S, pull[k * dim + j]);
          FloatVector h = FloatVector.broadcast(S, spread[from]);
          FloatVector t0 = s.fma(x0, p).sub(m0);
          FloatVector t1 = s.fma(x1, p).sub(m1);
          q0 = FloatVector.fromArray(S, weights, k * LANES + lane).fma(t0.fma(t0, h), q0);
          q1 = FloatVector.fromArray(S, weights, k * LANES + lane + WIDTH).fma(t1.fma(t1, h), q1);
        }
        q0.intoArray(part, row);
        q1.intoArray(part, row + WIDTH);
      }
    }
  }
}
