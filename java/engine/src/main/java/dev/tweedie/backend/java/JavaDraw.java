package dev.tweedie.backend.java;

import dev.tweedie.backend.host.RowState;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The Gaussian part of the exact reverse kernel, row by row: rows differ in their component. */
final class JavaDraw {
  private final PriorTable prior;
  private final NoiseKernels noise;
  private final int dim;
  private final int rank;
  private final float[] centre;
  private final float[] x;
  private final float[] xi;
  private final float[] mean;
  private final float[] out;
  private final float[] keep;
  private final float[] pull;
  private final float[] spread;
  private final float[] z;

  /** U'z, and U'xi where the covariance has low rank. */
  private final float[] projected;

  private final float[] projectedNoise;
  private final float[] direction;

  /** Of the row's component, dim x rank; made by the first draw. */
  private float[] basis = {};

  JavaDraw(PriorTable prior, NoiseKernels noise) {
    this.prior = prior;
    this.noise = noise;
    dim = prior.dim();
    rank = prior.rank();
    centre = new float[dim];
    Floats.read(prior.centre(), 0, centre, 0, dim);
    x = new float[dim];
    xi = new float[dim];
    mean = new float[dim];
    out = new float[dim];
    keep = new float[dim];
    pull = new float[dim];
    spread = new float[dim];
    z = new float[dim];
    projected = new float[rank];
    projectedNoise = new float[rank];
    direction = new float[rank];
  }

  void draw(ReverseTable reverse, RowState rows, MemorySegment to) {
    if (basis.length < dim * rank) {
      basis = new float[dim * rank];
    }
    noise.normal(rows.noise(), dim, to, rows.begin(), rows.rows());
    float alpha = (float) reverse.from().alpha();
    float target = (float) reverse.to().alpha();
    for (long row = 0; row < rows.rows(); row++) {
      long at = (rows.begin() + row) * dim;
      long k = rows.chosen().getAtIndex(ValueLayout.JAVA_LONG, row);
      if (k < 0) { // every logit overflowed: nothing was chosen, as the mean is NaN
        Arrays.fill(out, Float.NaN);
        Floats.write(out, 0, to, at, dim);
        continue;
      }
      Floats.read(to, at, xi, 0, dim);
      Floats.read(rows.x(), at, x, 0, dim);
      for (int j = 0; j < dim; j++) {
        x[j] = Math.fma(-alpha, centre[j], x[j]);
      }
      Floats.read(prior.means(), k * dim, mean, 0, dim);
      switch (prior.kind()) {
        case ISOTROPIC -> isotropic(reverse, k, target);
        case DIAGONAL -> diagonal(reverse, k, target);
        case LOW_RANK -> lowRank(reverse, k, alpha, target);
        case FULL -> full(reverse, k, alpha, target);
      }
      Floats.write(out, 0, to, at, dim);
    }
  }

  private void isotropic(ReverseTable reverse, long k, float target) {
    long at = reverse.stride() * k;
    float kept = at(reverse.keep(), at);
    float pulled = at(reverse.pull(), at);
    float scale = at(reverse.noise(), at);
    for (int j = 0; j < dim; j++) {
      float here = Math.fma(kept, x[j], target * centre[j]);
      out[j] = Math.fma(scale, xi[j], Math.fma(pulled, mean[j], here));
    }
  }

  private void diagonal(ReverseTable reverse, long k, float target) {
    Floats.read(reverse.keep(), k * dim, keep, 0, dim);
    Floats.read(reverse.pull(), k * dim, pull, 0, dim);
    Floats.read(reverse.noise(), k * dim, spread, 0, dim);
    for (int j = 0; j < dim; j++) {
      float here = Math.fma(keep[j], x[j], target * centre[j]);
      out[j] = Math.fma(spread[j], xi[j], Math.fma(pull[j], mean[j], here));
    }
  }

  private void full(ReverseTable reverse, long k, float alpha, float target) {
    start(reverse, k, alpha, target);
    project(z, projected);
    for (int e = 0; e < rank; e++) {
      direction[e] = Math.fma(spread[e], xi[e], keep[e] * projected[e]);
    }
    expand();
  }

  private void lowRank(ReverseTable reverse, long k, float alpha, float target) {
    start(reverse, k, alpha, target);
    project(z, projected);
    project(xi, projectedNoise);
    for (int e = 0; e < rank; e++) {
      direction[e] = Math.fma(spread[e], projectedNoise[e], keep[e] * projected[e]);
    }
    float keepRest = at(reverse.keepRest(), k);
    float noiseRest = at(reverse.noiseRest(), k);
    for (int j = 0; j < dim; j++) {
      out[j] = Math.fma(noiseRest, xi[j], Math.fma(keepRest, z[j], out[j]));
    }
    expand();
  }

  private void start(ReverseTable reverse, long k, float alpha, float target) {
    Floats.read(prior.basis(), k * dim * rank, basis, 0, dim * rank);
    Floats.read(reverse.keep(), k * rank, keep, 0, rank);
    Floats.read(reverse.noise(), k * rank, spread, 0, rank);
    for (int j = 0; j < dim; j++) {
      z[j] = Math.fma(-alpha, mean[j], x[j]);
      out[j] = target * (centre[j] + mean[j]);
    }
  }

  /** {@code to = U'y}. */
  private void project(float[] y, float[] to) {
    Arrays.fill(to, 0);
    for (int j = 0; j < dim; j++) {
      float factor = y[j];
      int at = j * rank;
      for (int e = 0; e < rank; e++) {
        to[e] = Math.fma(factor, basis[at + e], to[e]);
      }
    }
  }

  /** {@code out += U direction}: some chains beside each other, since each waits for itself. */
  private void expand() {
    int j = 0;
    for (; j + 4 <= dim; j += 4) {
      int at0 = j * rank;
      int at1 = at0 + rank;
      int at2 = at1 + rank;
      int at3 = at2 + rank;
      float s0 = out[j];
      float s1 = out[j + 1];
      float s2 = out[j + 2];
      float s3 = out[j + 3];
      for (int e = 0; e < rank; e++) {
        float factor = direction[e];
        s0 = Math.fma(factor, basis[at0 + e], s0);
        s1 = Math.fma(factor, basis[at1 + e], s1);
        s2 = Math.fma(factor, basis[at2 + e], s2);
        s3 = Math.fma(factor, basis[at3 + e], s3);
      }
      out[j] = s0;
      out[j + 1] = s1;
      out[j + 2] = s2;
      out[j + 3] = s3;
    }
    for (; j < dim; j++) {
      float sum = out[j];
      for (int e = 0; e < rank; e++) {
        sum = Math.fma(direction[e], basis[j * rank + e], sum);
      }
      out[j] = sum;
    }
  }

  private static float at(MemorySegment column, long i) {
    return column.getAtIndex(ValueLayout.JAVA_FLOAT, i);
  }
}
