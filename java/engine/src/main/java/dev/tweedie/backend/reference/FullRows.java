package dev.tweedie.backend.reference;

import java.util.Arrays;

/** Components of a full covariance. */
final class FullRows extends EigenRows {
  private final FullPosterior of;

  FullRows(FullPosterior components, int rows) {
    super(components, rows);
    of = components;
  }

  @Override
  void logits(int k, double[] x, double[] out, int at) {
    differences(k, x);
    project(k, z);
    double logDet = 0;
    Arrays.fill(quadratic, 0);
    for (int e = 0; e < rank; e++) {
      double p = of.noisy(of.eigenvalue(k, e));
      logDet += StrictMath.log(p);
      addShares(coordinates, e * rows, p, quadratic);
    }
    double logWeight = StrictMath.log(of.prior.weight(k));
    for (int l = 0; l < rows; l++) {
      out[at + l] = logWeight - 0.5 * (logDet + quadratic[l]);
    }
  }

  @Override
  void means(int k, double[] x, double[] out) {
    double[] m = differences(k, x);
    project(k, z);
    for (int e = 0; e < rank; e++) {
      double lambda = of.eigenvalue(k, e);
      scale(coordinates, e * rows, of.a * lambda / of.noisy(lambda), coordinates, rows);
    }
    for (int j = 0; j < dim; j++) {
      Arrays.fill(out, j * rows, (j + 1) * rows, m[j]);
    }
    addBack(coordinates, out);
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    project(k, v);
    for (int e = 0; e < rank; e++) {
      scale(coordinates, e * rows, of.spread(of.eigenvalue(k, e)), coordinates, rows);
    }
    Arrays.fill(out, 0);
    addBack(coordinates, out);
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    project(k, v);
    for (int e = 0; e < rank; e++) {
      divide(coordinates, e * rows, of.noisy(of.eigenvalue(k, e)), coordinates, rows);
    }
    Arrays.fill(out, 0);
    addBack(coordinates, out);
  }
}
