package dev.tweedie.backend.reference;

import java.util.Arrays;

/**
 * One component's part of a {@link RowTile}: {@link ComponentPosterior}'s operations for many rows.
 * Element j of row l is at {@code j rows + l} of every array.
 */
abstract class ComponentRows {
  final ComponentPosterior components;
  final int rows;
  final int dim;
  final RowLoops loops = RowLoops.here();
  final double[] z;
  final double[] part;
  final double[] m;

  ComponentRows(ComponentPosterior components, int rows) {
    this.components = components;
    this.rows = rows;
    dim = components.dim;
    z = new double[dim * rows];
    part = new double[dim * rows];
    m = new double[dim];
  }

  /** Whether there is one for these components. */
  static boolean has(ComponentPosterior components) {
    return switch (components) {
      case DataSetPosterior _, IsotropicPosterior _, FullPosterior _ -> true;
      default -> false;
    };
  }

  static ComponentRows of(ComponentPosterior components, int rows) {
    return switch (components) {
      case FullPosterior full -> new FullRows(full, rows);
      case DataSetPosterior points -> new IsotropicRows(points, null, rows);
      case IsotropicPosterior mixture -> new IsotropicRows(mixture, mixture.variances(), rows);
      default -> throw new IllegalArgumentException(components.toString());
    };
  }

  /** The logits of component k to {@code out} from {@code at} on. */
  abstract void logits(int k, double[] x, double[] out, int at);

  /** {@code M_k} of every row, in an array that the next call writes over. */
  abstract double[] means(int k, double[] x);

  /**
   * Adds {@code sum rho_k M_k} to {@code to} at once where the means are the same for all rows.
   *
   * @return whether they are
   */
  boolean addMeans(double[] responsibilities, double[] to) {
    return false;
  }

  /** {@code g_k} of every row, likewise. */
  abstract double[] scores(int k, double[] x);

  /** {@code z = x - a m_k}; returns m_k. */
  final double[] differences(int k, double[] x) {
    components.prior.copyMean(k, m);
    for (int j = 0; j < dim; j++) {
      subtract(x, j * rows, components.a * m[j], z, rows);
    }
    return m;
  }

  private static void subtract(double[] x, int at, double am, double[] z, int rows) {
    for (int l = 0; l < rows; l++) {
      z[at + l] = x[at + l] - am;
    }
  }

  /** Components of covariance {@code c I}; points have c = 0. */
  private static final class IsotropicRows extends ComponentRows {
    private static final int TOGETHER = 32;
    private final double[] variances; // null for points
    private final double[] squares;

    IsotropicRows(ComponentPosterior components, double[] variances, int rows) {
      super(components, rows);
      this.variances = variances;
      squares = new double[rows];
    }

    private double variance(int k) {
      return variances == null ? 0 : variances[k];
    }

    @Override
    void logits(int k, double[] x, double[] out, int at) {
      components.prior.copyMean(k, m);
      for (int j = 0; j < dim; j++) {
        m[j] = components.a * m[j];
      }
      Arrays.fill(squares, 0);
      loops.addSquares(x, m, rows, squares);
      double p = components.noisy(variance(k));
      double logWeight = StrictMath.log(components.prior.weight(k));
      double logDet = dim * StrictMath.log(p);
      for (int l = 0; l < rows; l++) {
        out[at + l] = logWeight - 0.5 * (logDet + squares[l] / p);
      }
    }

    @Override
    double[] means(int k, double[] x) {
      double[] m = differences(k, x);
      double c = variance(k);
      double gain = components.a * c / components.noisy(c);
      for (int j = 0; j < dim; j++) {
        affine(z, j * rows, gain, m[j], part, rows);
      }
      return part;
    }

    /** Of points, so many at a time, whose means then stay in the cache for all directions. */
    @Override
    boolean addMeans(double[] responsibilities, double[] to) {
      if (variances != null) {
        return false;
      }
      int count = components.prior.components();
      double[] means = new double[Math.min(TOGETHER, count) * dim];
      for (int first = 0; first < count; first += TOGETHER) {
        int n = Math.min(TOGETHER, count - first);
        for (int k = 0; k < n; k++) {
          components.prior.copyMean(first + k, m);
          System.arraycopy(m, 0, means, k * dim, dim);
        }
        for (int j = 0; j < dim; j++) {
          loops.addProducts(means, j, dim, n, responsibilities, first * rows, rows, to, j * rows);
        }
      }
      return true;
    }

    private static void affine(
        double[] z, int at, double gain, double mean, double[] out, int rows) {
      for (int l = 0; l < rows; l++) {
        out[at + l] = mean + gain * z[at + l];
      }
    }

    @Override
    double[] scores(int k, double[] x) {
      differences(k, x);
      double p = components.noisy(variance(k));
      for (int at = 0; at < z.length; at++) {
        part[at] = -(z[at] / p);
      }
      return part;
    }
  }

  /** Components of a full covariance, in their eigenbasis. */
  private static final class FullRows extends ComponentRows {
    private final EigenPosterior of;
    private final double[] basis; // d x d of one component
    private final double[] columns; // the same, column after column
    private final double[] coordinates;
    private final double[] squares;

    FullRows(FullPosterior components, int rows) {
      super(components, rows);
      of = components;
      basis = new double[dim * dim];
      columns = new double[dim * dim];
      coordinates = new double[dim * rows];
      squares = new double[rows];
    }

    /** {@code U_k' z}, and z before. */
    private double[] project(int k, double[] x) {
      double[] m = differences(k, x);
      of.spectrum.copyBasis(k * dim * dim, basis);
      for (int j = 0; j < dim; j++) {
        for (int e = 0; e < dim; e++) {
          columns[e * dim + j] = basis[j * dim + e];
        }
      }
      Arrays.fill(coordinates, 0);
      for (int e = 0; e < dim; e++) {
        loops.addProducts(columns, e * dim, 1, dim, z, 0, rows, coordinates, e * rows);
      }
      return m;
    }

    /** {@code part += U_k coordinates}, each sum from zero. */
    private void addBack() {
      for (int j = 0; j < dim; j++) {
        Arrays.fill(squares, 0);
        loops.addProducts(basis, j * dim, 1, dim, coordinates, 0, rows, squares, 0);
        addRow(squares, part, j * rows);
      }
    }

    private static void addRow(double[] row, double[] to, int at) {
      for (int l = 0; l < row.length; l++) {
        to[at + l] += row[l];
      }
    }

    @Override
    void logits(int k, double[] x, double[] out, int at) {
      project(k, x);
      Arrays.fill(squares, 0);
      double logDet = 0;
      for (int e = 0; e < dim; e++) {
        double p = components.noisy(of.eigenvalue(k, e));
        logDet += StrictMath.log(p);
        addShares(coordinates, e * rows, p, squares);
      }
      double logWeight = StrictMath.log(components.prior.weight(k));
      for (int l = 0; l < rows; l++) {
        out[at + l] = logWeight - 0.5 * (logDet + squares[l]);
      }
    }

    private static void addShares(double[] v, int from, double p, double[] sum) {
      for (int l = 0; l < sum.length; l++) {
        sum[l] += v[from + l] * v[from + l] / p;
      }
    }

    @Override
    double[] means(int k, double[] x) {
      double[] m = project(k, x);
      for (int e = 0; e < dim; e++) {
        double lambda = of.eigenvalue(k, e);
        scale(coordinates, e * rows, rows, components.a * lambda / components.noisy(lambda));
      }
      for (int j = 0; j < dim; j++) {
        Arrays.fill(part, j * rows, (j + 1) * rows, m[j]);
      }
      addBack();
      return part;
    }

    private static void scale(double[] v, int at, int rows, double factor) {
      for (int l = 0; l < rows; l++) {
        v[at + l] *= factor;
      }
    }

    @Override
    double[] scores(int k, double[] x) {
      project(k, x);
      for (int e = 0; e < dim; e++) {
        divide(coordinates, e * rows, rows, components.noisy(of.eigenvalue(k, e)));
      }
      Arrays.fill(part, 0);
      addBack();
      for (int at = 0; at < part.length; at++) {
        part[at] = -part[at];
      }
      return part;
    }

    private static void divide(double[] v, int at, int rows, double by) {
      for (int l = 0; l < rows; l++) {
        v[at + l] /= by;
      }
    }
  }
}
