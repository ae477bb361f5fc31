package dev.tweedie.backend.reference;

/**
 * One component's part of a {@link RowTile}: {@link ComponentPosterior}'s operations for many rows.
 * Element j of row l is at {@code j rows + l} of every array.
 */
abstract class ComponentRows {
  final ComponentPosterior components;
  final int rows;
  final int dim;
  final RowLoops loops = RowLoops.here();

  /** What {@link #differences} wrote. */
  final double[] z;

  private final double[] m;

  ComponentRows(ComponentPosterior components, int rows) {
    this.components = components;
    this.rows = rows;
    dim = components.dim;
    z = new double[dim * rows];
    m = new double[dim];
  }

  static ComponentRows of(ComponentPosterior components, int rows) {
    return switch (components) {
      case DataSetPosterior points -> new IsotropicRows(points, null, rows);
      case IsotropicPosterior mixture -> new IsotropicRows(mixture, mixture.variances(), rows);
      case DiagonalPosterior mixture -> new DiagonalRows(mixture, rows);
      case LowRankPosterior mixture -> new LowRankRows(mixture, rows);
      case FullPosterior mixture -> new FullRows(mixture, rows);
      default -> throw new IllegalArgumentException(components.toString());
    };
  }

  /** Whether component k does in some row. */
  final boolean weighs(double[] responsibilities, int k) {
    for (int l = 0; l < rows; l++) {
      if (responsibilities[k * rows + l] != 0) {
        return true;
      }
    }
    return false;
  }

  /** The logits of component k to {@code out} from {@code at} on. */
  abstract void logits(int k, double[] x, double[] out, int at);

  /** Writes {@code M_k}. */
  abstract void means(int k, double[] x, double[] out);

  /**
   * Adds {@code sum rho_k M_k} to {@code to}, several components at a time, where these have such a
   * loop.
   *
   * @return whether they have
   */
  boolean addMeans(double[] x, double[] responsibilities, double[] to) {
    return false;
  }

  /** As {@link #addMeans}, of {@code sum rho_k g_k}. */
  boolean addScores(double[] x, double[] responsibilities, double[] to) {
    return false;
  }

  /** Writes {@code V_k v}; out is not v. */
  abstract void covarianceTimes(int k, double[] v, double[] out);

  /** Writes {@code P_k^-1 v}; out may be v. */
  abstract void precisionTimes(int k, double[] v, double[] out);

  /** Writes {@code g_k}. */
  final void scores(int k, double[] x, double[] out) {
    differences(k, x);
    precisionTimes(k, z, out);
    for (int at = 0; at < out.length; at++) {
      out[at] = -out[at];
    }
  }

  /** {@code z = x - a m_k}; returns m_k. */
  final double[] differences(int k, double[] x) {
    components.prior.copyMean(k, m);
    for (int j = 0; j < dim; j++) {
      subtract(x, j * rows, components.a * m[j], z, rows);
    }
    return m;
  }

  // One row of an array at a time: loops of a form that C2 makes vectors of.

  private static void subtract(double[] x, int at, double am, double[] z, int rows) {
    for (int l = 0; l < rows; l++) {
      z[at + l] = x[at + l] - am;
    }
  }

  /** {@code out = shift + factor v}. */
  static void affine(double[] v, int at, double factor, double shift, double[] out, int rows) {
    for (int l = 0; l < rows; l++) {
      out[at + l] = shift + factor * v[at + l];
    }
  }

  /** {@code out = factor v}. */
  static void scale(double[] v, int at, double factor, double[] out, int rows) {
    for (int l = 0; l < rows; l++) {
      out[at + l] = factor * v[at + l];
    }
  }

  /** {@code out = v / by}. */
  static void divide(double[] v, int at, double by, double[] out, int rows) {
    for (int l = 0; l < rows; l++) {
      out[at + l] = v[at + l] / by;
    }
  }

  /** {@code sum = sum + v v / p}. */
  static void addShares(double[] v, int at, double p, double[] sum) {
    for (int l = 0; l < sum.length; l++) {
      sum[l] += v[at + l] * v[at + l] / p;
    }
  }
}
