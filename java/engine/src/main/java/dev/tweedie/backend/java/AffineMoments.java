package dev.tweedie.backend.java;

/**
 * Posterior means {@code m_j = fma(slope, x_j, pull_j)} and variances {@code spread} of a block of
 * components, each direction by itself.
 */
public final class AffineMoments {
  /** Components that {@link Tile#addTimes} may take at a time. */
  public static final int TOGETHER = 4;

  public final int dim;

  /** Of component k and direction j at {@code k dim + j}. */
  public final float[] pull;

  /** Of component k and direction j at {@code first(k) + step j}. */
  public final float[] slope;

  public final float[] spread;

  /** 1, or 0 where a component has one slope and one spread for all directions. */
  public final int step;

  /**
   * @param components that a block has at most
   */
  AffineMoments(int components, int dim, boolean isotropic) {
    this.dim = dim;
    pull = new float[components * dim];
    slope = new float[isotropic ? components : components * dim];
    spread = new float[slope.length];
    step = isotropic ? 0 : 1;
  }

  public int first(int component) {
    return step == 0 ? component : component * dim;
  }

  public float pull(int component, int direction) {
    return pull[component * dim + direction];
  }

  public float slope(int component, int direction) {
    return slope[first(component) + step * direction];
  }

  public float spread(int component, int direction) {
    return spread[first(component) + step * direction];
  }
}
