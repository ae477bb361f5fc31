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

  /** {@code to_jl = to_jl + w_l part_jl}, w_l at {@code wt + l}. */
  void addWeighted(double[] to, double[] part, double[] w, int wt, int rows) {
    for (int at = 0; at < to.length; at += rows) {
      for (int l = 0; l < rows; l++) {
        to[at + l] += w[wt + l] * part[at + l];
      }
    }
  }
}
