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
   * {@code to_l = to_l + u_i v_il} for i in order; u_i is {@code u[ut + i stride]}, v_il {@code
   * v[vt + i rows + l]}.
   */
  void addProducts(
      double[] u, int ut, int stride, int n, double[] v, int vt, int rows, double[] to, int at) {
    for (int i = 0; i < n; i++) {
      double factor = u[ut + i * stride];
      for (int l = 0; l < rows; l++) {
        to[at + l] += factor * v[vt + i * rows + l];
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

  /** {@code to_jl = to_jl + weight_l part_jl}. */
  void addWeighted(double[] to, double[] part, double[] weights) {
    for (int at = 0; at < to.length; at += weights.length) {
      for (int l = 0; l < weights.length; l++) {
        to[at + l] += weights[l] * part[at + l];
      }
    }
  }
}
