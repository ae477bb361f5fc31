package dev.tweedie.backend.java.vector;

import static dev.tweedie.backend.java.Tile.LANES;
import static jdk.incubator.vector.VectorOperators.GT;

import dev.tweedie.backend.java.AffineMoments;
import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Second moments over the Vector API: {@link Tile#addTimes} and {@link Tile#addVariance}. Four
 * components go together, so that the numbers of a row are loaded once for all of them and no chain
 * waits for itself; a mean's distance is made anew wherever it is needed, which costs less than to
 * keep it. The loops are generated ({@code UnrolledForms}). {@code dots} and {@code products} as
 * one method, with the dots in registers, took 1.3 of the time for points and 1.1 for diagonal
 * components: too much for the compiler to keep.
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
        UnrolledMoments.dots4(moments, picked, i, x, mean, v, at + lane, along);
        UnrolledMoments.products4(
            moments, picked, i, weights, lane, x, mean, v, at + lane, along, part);
      }
      for (; i < n; i++) {
        UnrolledMoments.dots1(moments, picked, i, x, mean, v, at + lane, along);
        UnrolledMoments.products1(
            moments, picked, i, weights, lane, x, mean, v, at + lane, along, part);
      }
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
          FloatVector w0 = FloatVector.fromArray(S, weights, k * LANES + lane);
          FloatVector w1 = FloatVector.fromArray(S, weights, k * LANES + lane + WIDTH);
          q0 = q0.blend(w0.fma(t0.fma(t0, h), q0), w0.compare(GT, 0));
          q1 = q1.blend(w1.fma(t1.fma(t1, h), q1), w1.compare(GT, 0));
        }
        q0.intoArray(part, row);
        q1.intoArray(part, row + WIDTH);
      }
    }
  }
}
