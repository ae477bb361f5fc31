package dev.tweedie.backend.reference;

import java.util.Arrays;

/** Components of a low-rank covariance. */
final class LowRankRows extends EigenRows {
  private final LowRankPosterior of;
  private final double[] negated;
  private final double[] rest;
  private final double[] origin;
  private final double[] squares;

  LowRankRows(LowRankPosterior components, int rows) {
    super(components, rows);
    of = components;
    negated = new double[rank * rows];
    rest = new double[dim * rows];
    origin = new double[dim];
    squares = new double[rows];
  }

  /** {@code v - U U'v} to {@link #rest}, {@code U'v} to {@link #coordinates}. */
  private void split(int k, double[] v) {
    project(k, v);
    for (int at = 0; at < negated.length; at++) {
      negated[at] = -coordinates[at];
    }
    System.arraycopy(v, 0, rest, 0, rest.length);
    addBack(negated, rest);
  }

  /** {@code p_e} of C_k's eigenvalue along eigenvector e. */
  private double along(int k, int e) {
    return of.eigenvalue(k, e) + of.floor(k);
  }

  @Override
  void logits(int k, double[] x, double[] out, int at) {
    differences(k, x);
    split(k, z);
    double q = of.noisy(of.floor(k));
    double logDet = (dim - rank) * StrictMath.log(q);
    Arrays.fill(quadratic, 0);
    for (int e = 0; e < rank; e++) {
      double p = of.noisy(along(k, e));
      logDet += StrictMath.log(p);
      addShares(coordinates, e * rows, p, quadratic);
    }
    Arrays.fill(squares, 0);
    loops.addSquares(rest, origin, rows, squares);
    double logWeight = StrictMath.log(of.prior.weight(k));
    for (int l = 0; l < rows; l++) {
      out[at + l] = logWeight - 0.5 * (logDet + (quadratic[l] + squares[l] / q));
    }
  }

  @Override
  void means(int k, double[] x, double[] out) {
    double[] m = differences(k, x);
    double outside = of.gain(of.floor(k));
    project(k, z);
    for (int e = 0; e < rank; e++) {
      scale(coordinates, e * rows, of.gain(along(k, e)) - outside, coordinates, rows);
    }
    for (int j = 0; j < dim; j++) {
      affine(z, j * rows, outside, m[j], out, rows);
    }
    addBack(coordinates, out);
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    double outside = of.spread(of.floor(k));
    project(k, v);
    for (int e = 0; e < rank; e++) {
      scale(coordinates, e * rows, of.spread(along(k, e)) - outside, coordinates, rows);
    }
    scale(v, 0, outside, out, out.length);
    addBack(coordinates, out);
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    split(k, v);
    for (int e = 0; e < rank; e++) {
      divide(coordinates, e * rows, of.noisy(along(k, e)), coordinates, rows);
    }
    divide(rest, 0, of.noisy(of.floor(k)), out, out.length);
    addBack(coordinates, out);
  }
}
