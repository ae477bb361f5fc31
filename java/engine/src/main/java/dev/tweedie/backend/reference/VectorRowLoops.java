package dev.tweedie.backend.reference;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link RowLoops} over the Vector API: rows in lanes, sums in registers. */
final class VectorRowLoops extends RowLoops {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Smaller ones are divided: 2^53 times as small a remainder is a normal number yet. */
  private static final double LEAST_DIVIDEND = 0x1p-800;

  private static final double LEAST_DIVISOR = 0x1p-100;

  /** Enough chains at once to hide what an addition takes. */
  private static final int GROUP = 4 * LANES;

  /** Four sums of two vectors: what is loaded is used twice or four times. */
  @Override
  void addProducts(
      double[] u,
      int stepI,
      int stepE,
      int n,
      int count,
      double[] v,
      int vt,
      int rows,
      double[] to) {
    int wide = rows - rows % (2 * LANES);
    int e = 0;
    for (; e + 4 <= count; e += 4) {
      for (int l = 0; l < wide; l += 2 * LANES) {
        addToFour(u, e * stepE, stepI, stepE, n, v, vt + l, rows, to, e * rows + l);
      }
    }
    for (; e < count; e++) {
      for (int l = 0; l < wide; l += 2 * LANES) {
        addToOne(u, e * stepE, stepI, n, v, vt + l, rows, to, e * rows + l);
      }
    }
    for (e = 0; e < count && wide < rows; e++) {
      for (int i = 0; i < n; i++) {
        for (int l = wide; l < rows; l++) {
          to[e * rows + l] += u[i * stepI + e * stepE] * v[vt + i * rows + l];
        }
      }
    }
  }

  private static void addToFour(
      double[] u,
      int ut,
      int stepI,
      int stepE,
      int n,
      double[] v,
      int vt,
      int rows,
      double[] to,
      int at) {
    int at1 = at + rows;
    int at2 = at1 + rows;
    int at3 = at2 + rows;
    DoubleVector a0 = load(to, at);
    DoubleVector b0 = load(to, at + LANES);
    DoubleVector a1 = load(to, at1);
    DoubleVector b1 = load(to, at1 + LANES);
    DoubleVector a2 = load(to, at2);
    DoubleVector b2 = load(to, at2 + LANES);
    DoubleVector a3 = load(to, at3);
    DoubleVector b3 = load(to, at3 + LANES);
    for (int i = 0; i < n; i++) {
      DoubleVector a = load(v, vt);
      DoubleVector b = load(v, vt + LANES);
      double factor = u[ut];
      a0 = a0.add(a.mul(factor));
      b0 = b0.add(b.mul(factor));
      factor = u[ut + stepE];
      a1 = a1.add(a.mul(factor));
      b1 = b1.add(b.mul(factor));
      factor = u[ut + 2 * stepE];
      a2 = a2.add(a.mul(factor));
      b2 = b2.add(b.mul(factor));
      factor = u[ut + 3 * stepE];
      a3 = a3.add(a.mul(factor));
      b3 = b3.add(b.mul(factor));
      ut += stepI;
      vt += rows;
    }
    a0.intoArray(to, at);
    b0.intoArray(to, at + LANES);
    a1.intoArray(to, at1);
    b1.intoArray(to, at1 + LANES);
    a2.intoArray(to, at2);
    b2.intoArray(to, at2 + LANES);
    a3.intoArray(to, at3);
    b3.intoArray(to, at3 + LANES);
  }

  private static void addToOne(
      double[] u, int ut, int stepI, int n, double[] v, int vt, int rows, double[] to, int at) {
    DoubleVector a = load(to, at);
    DoubleVector b = load(to, at + LANES);
    for (int i = 0; i < n; i++) {
      a = a.add(load(v, vt).mul(u[ut]));
      b = b.add(load(v, vt + LANES).mul(u[ut]));
      ut += stepI;
      vt += rows;
    }
    a.intoArray(to, at);
    b.intoArray(to, at + LANES);
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

  /** Two vectors of rows at a time, which then stay in registers for all components. */
  @Override
  void subtractQuotients(
      double[] x, double[] am, double[] p, int n, double[] w, int rows, double[] to) {
    double[] inverse = new double[n];
    for (int k = 0; k < n; k++) {
      inverse[k] = 1 / p[k];
      if (!(p[k] >= LEAST_DIVISOR && p[k] <= 1 / LEAST_DIVISOR)) {
        super.subtractQuotients(x, am, p, n, w, rows, to);
        return;
      }
    }
    int wide = rows - rows % (2 * LANES);
    for (int j = 0; j * rows < to.length; j++) {
      for (int l = 0; l < wide; l += 2 * LANES) {
        subtractQuotients(x, am, p, inverse, n, w, rows, to, j, l);
      }
      subtractQuotients(x, am, p, n, w, rows, to, j, wide);
    }
  }

  private static void subtractQuotients(
      double[] x,
      double[] am,
      double[] p,
      double[] inverse,
      int n,
      double[] w,
      int rows,
      double[] to,
      int j,
      int l) {
    int at = j * rows + l;
    DoubleVector x0 = load(x, at);
    DoubleVector x1 = load(x, at + LANES);
    DoubleVector s0 = load(to, at);
    DoubleVector s1 = load(to, at + LANES);
    for (int k = 0; k < n; k++) {
      double shift = am[j * p.length + k];
      DoubleVector z0 = x0.sub(shift);
      DoubleVector z1 = x1.sub(shift);
      DoubleVector q0 = quotient(z0, p[k], inverse[k]);
      DoubleVector q1 = quotient(z1, p[k], inverse[k]);
      s0 = s0.sub(load(w, k * rows + l).mul(q0));
      s1 = s1.sub(load(w, k * rows + l + LANES).mul(q1));
    }
    s0.intoArray(to, at);
    s1.intoArray(to, at + LANES);
  }

  /**
   * {@code z / p}, rounded as a division rounds it, in a third of its time (Markstein 1990): the
   * first correction leaves a neighbour of the quotient, and from one of these, with the rounded
   * inverse, the second one leads to the nearest number. Where a remainder could be below what
   * float64 holds, it is a division.
   */
  private static DoubleVector quotient(DoubleVector z, double p, double inverse) {
    if (!z.abs().compare(VectorOperators.GE, LEAST_DIVIDEND).allTrue()) {
      return z.div(p);
    }
    DoubleVector y = DoubleVector.broadcast(SPECIES, inverse);
    DoubleVector negated = DoubleVector.broadcast(SPECIES, -p);
    DoubleVector q = z.mul(y);
    q = q.fma(negated, z).fma(y, q);
    return q.fma(negated, z).fma(y, q);
  }

  @Override
  void addAffine(
      double[] x,
      double[] am,
      double[] m,
      double[] gain,
      int n,
      double[] w,
      int rows,
      double[] to) {
    int wide = rows - rows % (2 * LANES);
    for (int j = 0; j * rows < to.length; j++) {
      for (int l = 0; l < wide; l += 2 * LANES) {
        addAffineTo(x, am, m, gain, n, w, rows, to, j, l);
      }
      addAffine(x, am, m, gain, n, w, rows, to, j, wide);
    }
  }

  private static void addAffineTo(
      double[] x,
      double[] am,
      double[] m,
      double[] gain,
      int n,
      double[] w,
      int rows,
      double[] to,
      int j,
      int l) {
    int at = j * rows + l;
    DoubleVector x0 = load(x, at);
    DoubleVector x1 = load(x, at + LANES);
    DoubleVector s0 = load(to, at);
    DoubleVector s1 = load(to, at + LANES);
    for (int k = 0; k < n; k++) {
      double shift = am[j * gain.length + k];
      double mean = m[j * gain.length + k];
      DoubleVector m0 = x0.sub(shift).mul(gain[k]).add(mean);
      DoubleVector m1 = x1.sub(shift).mul(gain[k]).add(mean);
      s0 = s0.add(load(w, k * rows + l).mul(m0));
      s1 = s1.add(load(w, k * rows + l + LANES).mul(m1));
    }
    s0.intoArray(to, at);
    s1.intoArray(to, at + LANES);
  }

  @Override
  void exponentials(double[] values, int at, double[] top) {
    int l = 0;
    for (; l + LANES <= top.length; l += LANES) {
      Exponentials.of(load(values, at + l).sub(load(top, l))).intoArray(values, at + l);
    }
    for (; l < top.length; l++) {
      values[at + l] = StrictMath.exp(values[at + l] - top[l]);
    }
  }

  @Override
  void addWeighted(double[] to, double[] part, double[] w, int wt, int rows) {
    for (int at = 0; at < to.length; at += rows) {
      int l = 0;
      for (; l + LANES <= rows; l += LANES) {
        load(to, at + l).add(load(w, wt + l).mul(load(part, at + l))).intoArray(to, at + l);
      }
      for (; l < rows; l++) {
        to[at + l] += w[wt + l] * part[at + l];
      }
    }
  }

  private static DoubleVector load(double[] from, int at) {
    return DoubleVector.fromArray(SPECIES, from, at);
  }
}
