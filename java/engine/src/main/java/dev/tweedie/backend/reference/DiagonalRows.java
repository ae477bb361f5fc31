package dev.tweedie.backend.reference;

import java.util.Arrays;

/** Components of a diagonal covariance. */
final class DiagonalRows extends ComponentRows {
  private final DiagonalPosterior of;
  private final double[] quadratic;

  DiagonalRows(DiagonalPosterior components, int rows) {
    super(components, rows);
    of = components;
    quadratic = new double[rows];
  }

  @Override
  void logits(int k, double[] x, double[] out, int at) {
    differences(k, x);
    double logDet = 0;
    Arrays.fill(quadratic, 0);
    for (int j = 0; j < dim; j++) {
      double p = of.noisy(of.c(k, j));
      logDet += StrictMath.log(p);
      addShares(z, j * rows, p, quadratic);
    }
    double logWeight = StrictMath.log(of.prior.weight(k));
    for (int l = 0; l < rows; l++) {
      out[at + l] = logWeight - 0.5 * (logDet + quadratic[l]);
    }
  }

  @Override
  void means(int k, double[] x, double[] out) {
    double[] m = differences(k, x);
    for (int j = 0; j < dim; j++) {
      double c = of.c(k, j);
      affine(z, j * rows, of.a * c / of.noisy(c), m[j], out, rows);
    }
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    for (int j = 0; j < dim; j++) {
      scale(v, j * rows, of.spread(of.c(k, j)), out, rows);
    }
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    for (int j = 0; j < dim; j++) {
      divide(v, j * rows, of.noisy(of.c(k, j)), out, rows);
    }
  }
}
