package dev.tweedie.backend.reference;

/**
 * The loops of a {@link RowTile} that take its time. For every row {@code l} one fixed sequence of
 * operations, each rounded: the same bits in loops and in vectors.
 */
class RowLoops {
  /** Those of vectors where the module is there. */
  static RowLoops here() {
    boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    return vectors ? new VectorRowLoops() : new RowLoops();
  }

  /**
   * {@code to_el = to_el + u_ie v_il} for i in order, n of them, for each of {@code count} e.
   *
   * @param u u_ie at {@code i stepI + e stepE}
   * @param v v_il at {@code vt + i rows + l}
   * @param to to_el at {@code e rows + l}
   */
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
    for (int e = 0; e < count; e++) {
      for (int i = 0; i < n; i++) {
        double factor = u[i * stepI + e * stepE];
        for (int l = 0; l < rows; l++) {
          to[e * rows + l] += factor * v[vt + i * rows + l];
        }
      }
    }
  }

  /** {@code to_l = to_l + z z, z = x_jl - am_j} for j in order. */
  void addSquares(double[] x, double[] am, int rows, double[] to) {
    for (int j = 0; j < am.length; j++) {
      for (int l = 0; l < rows; l++) {
        double z = x[j * rows + l] - am[j];
        to[l] += z * z;
      }
    }
  }

  /**
   * {@code to_jl = to_jl - w_kl ((x_jl - am_jk) / p_k)} for k in order, n of them.
   *
   * @param am am_jk at {@code j p.length + k}
   * @param w w_kl at {@code k rows + l}
   */
  void subtractQuotients(
      double[] x, double[] am, double[] p, int n, double[] w, int rows, double[] to) {
    for (int j = 0; j * rows < to.length; j++) {
      subtractQuotients(x, am, p, n, w, rows, to, j, 0);
    }
  }

  /** Of direction j, the rows from {@code first} on. */
  static void subtractQuotients(
      double[] x,
      double[] am,
      double[] p,
      int n,
      double[] w,
      int rows,
      double[] to,
      int j,
      int first) {
    for (int k = 0; k < n; k++) {
      for (int l = first; l < rows; l++) {
        double z = x[j * rows + l] - am[j * p.length + k];
        to[j * rows + l] -= w[k * rows + l] * (z / p[k]);
      }
    }
  }

  /**
   * {@code to_jl = to_jl + w_kl (m_jk + gain_k (x_jl - am_jk))} for k in order, n of them; arrays
   * as of {@link #subtractQuotients}.
   */
  void addAffine(
      double[] x,
      double[] am,
      double[] m,
      double[] gain,
      int n,
      double[] w,
      int rows,
      double[] to) {
    for (int j = 0; j * rows < to.length; j++) {
      addAffine(x, am, m, gain, n, w, rows, to, j, 0);
    }
  }

  /** Of direction j, the rows from {@code first} on. */
  static void addAffine(
      double[] x,
      double[] am,
      double[] m,
      double[] gain,
      int n,
      double[] w,
      int rows,
      double[] to,
      int j,
      int first) {
    for (int k = 0; k < n; k++) {
      for (int l = first; l < rows; l++) {
        double z = x[j * rows + l] - am[j * gain.length + k];
        to[j * rows + l] += w[k * rows + l] * (m[j * gain.length + k] + gain[k] * z);
      }
    }
  }

  /**
   * {@code values_l = exp(values_l - top_l)}, as {@link StrictMath#exp} has it, from {@code at} on.
   */
  void exponentials(double[] values, int at, double[] top) {
    for (int l = 0; l < top.length; l++) {
      values[at + l] = StrictMath.exp(values[at + l] - top[l]);
    }
  }

  /** {@code to_jl = to_jl + w_l part_jl}, w_l at {@code wt + l}. */
  void addWeighted(double[] to, double[] part, double[] w, int wt, int rows) {
    for (int at = 0; at < to.length; at += rows) {
      for (int l = 0; l < rows; l++) {
        to[at + l] += w[wt + l] * part[at + l];
      }
    }
  }
}
