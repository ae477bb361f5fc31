package dev.tweedie.backend.reference;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link RowLoops} over the Vector API: rows in lanes, sums in registers. */
final class VectorRowLoops extends RowLoops {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Enough chains at once to hide what an addition takes. */
  private static final int GROUP = 4 * LANES;

  @Override
  void addProducts(
      double[] u, int ut, int stride, int n, double[] v, int vt, int rows, double[] to, int at) {
    int l = 0;
    for (; l + GROUP <= rows; l += GROUP) {
      addGroup(u, ut, stride, n, v, vt + l, rows, to, at + l);
    }
    for (; l + LANES <= rows; l += LANES) {
      DoubleVector sum = load(to, at + l);
      for (int i = 0; i < n; i++) {
        sum = sum.add(load(v, vt + i * rows + l).mul(u[ut + i * stride]));
      }
      sum.intoArray(to, at + l);
    }
    for (; l < rows; l++) {
      for (int i = 0; i < n; i++) {
        to[at + l] += u[ut + i * stride] * v[vt + i * rows + l];
      }
    }
  }

  private static void addGroup(
      double[] u, int ut, int stride, int n, double[] v, int l, int rows, double[] to, int at) {
    DoubleVector s0 = load(to, at);
    DoubleVector s1 = load(to, at + LANES);
    DoubleVector s2 = load(to, at + 2 * LANES);
    DoubleVector s3 = load(to, at + 3 * LANES);
    for (int i = 0; i < n; i++) {
      DoubleVector factor = DoubleVector.broadcast(SPECIES, u[ut + i * stride]);
      int from = l + i * rows;
      s0 = s0.add(factor.mul(load(v, from)));
      s1 = s1.add(factor.mul(load(v, from + LANES)));
      s2 = s2.add(factor.mul(load(v, from + 2 * LANES)));
      s3 = s3.add(factor.mul(load(v, from + 3 * LANES)));
    }
    s0.intoArray(to, at);
    s1.intoArray(to, at + LANES);
    s2.intoArray(to, at + 2 * LANES);
    s3.intoArray(to, at + 3 * LANES);
  }

  @Override
  void addSquares(double[] x, double[] am, int rows, double[] to) {
    int l = 0;
    for (; l + GROUP <= rows; l += GROUP) {
      addGroup(x, am, l, rows, to);
    }
    for (; l + LANES <= rows; l += LANES) {
      DoubleVector sum = load(to, l);
      for (int j = 0; j < am.length; j++) {
        DoubleVector z = load(x, j * rows + l).sub(am[j]);
        sum = sum.add(z.mul(z));
      }
      sum.intoArray(to, l);
    }
    for (; l < rows; l++) {
      for (int j = 0; j < am.length; j++) {
        double z = x[j * rows + l] - am[j];
        to[l] += z * z;
      }
    }
  }

  private static void addGroup(double[] x, double[] am, int l, int rows, double[] to) {
    DoubleVector s0 = load(to, l);
    DoubleVector s1 = load(to, l + LANES);
    DoubleVector s2 = load(to, l + 2 * LANES);
    DoubleVector s3 = load(to, l + 3 * LANES);
    for (int j = 0; j < am.length; j++) {
      DoubleVector m = DoubleVector.broadcast(SPECIES, am[j]);
      int from = j * rows + l;
      DoubleVector z0 = load(x, from).sub(m);
      DoubleVector z1 = load(x, from + LANES).sub(m);
      DoubleVector z2 = load(x, from + 2 * LANES).sub(m);
      DoubleVector z3 = load(x, from + 3 * LANES).sub(m);
      s0 = s0.add(z0.mul(z0));
      s1 = s1.add(z1.mul(z1));
      s2 = s2.add(z2.mul(z2));
      s3 = s3.add(z3.mul(z3));
    }
    s0.intoArray(to, l);
    s1.intoArray(to, l + LANES);
    s2.intoArray(to, l + 2 * LANES);
    s3.intoArray(to, l + 3 * LANES);
  }

  @Override
  void addWeighted(double[] to, double[] part, double[] weights) {
    int rows = weights.length;
    for (int at = 0; at < to.length; at += rows) {
      int l = 0;
      for (; l + LANES <= rows; l += LANES) {
        load(to, at + l).add(load(weights, l).mul(load(part, at + l))).intoArray(to, at + l);
      }
      for (; l < rows; l++) {
        to[at + l] += weights[l] * part[at + l];
      }
    }
  }

  private static DoubleVector load(double[] from, int at) {
    return DoubleVector.fromArray(SPECIES, from, at);
  }
}
