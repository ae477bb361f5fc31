package dev.tweedie.backend.java;

/**
 * Posterior means {@code m_j = fma(slope, x_j, pull_j)} and variances {@code spread} of a block of
 * components, each direction by itself.
 */
final class DiagonalMoments {
  /** Components that {@link Tile#addTimes} may take at a time. */
  static final int TOGETHER = 4;

  final int dim;

  /** Of component k and direction j at {@code k dim + j}. */
  final float[] pull;

  /** Of component k and direction j at {@code first(k) + step j}. */
  final float[] slope;

  final float[] spread;

  /** 1, or 0 where a component has one slope and one spread for all directions. */
  final int step;

  /**
   * @param components that a block has at most
   */
  DiagonalMoments(int components, int dim, boolean isotropic) {
    this.dim = dim;
    pull = new float[components * dim];
    slope = new float[isotropic ? components : components * dim];
    spread = new float[slope.length];
    step = isotropic ? 0 : 1;
  }

  int first(int component) {
    return step == 0 ? component : component * dim;
  }

  float pull(int component, int direction) {
    return pull[component * dim + direction];
  }

  float slope(int component, int direction) {
    return slope[first(component) + step * direction];
  }

  float spread(int component, int direction) {
    return spread[first(component) + step * direction];
  }
}
