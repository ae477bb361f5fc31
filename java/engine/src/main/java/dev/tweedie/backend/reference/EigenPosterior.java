package dev.tweedie.backend.reference;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Spectrum;
import dev.tweedie.schedule.Level;

/** Components with an eigenbasis U_k ({@code d x r}) of their own. */
abstract class EigenPosterior extends ComponentPosterior {
  final Spectrum spectrum;
  final int rank;

  EigenPosterior(GaussianMixture mixture, Level level) {
    super(mixture, level);
    spectrum = mixture.spectrum();
    rank = spectrum.rank();
  }

  /** Element (j, e) of U_k. */
  final double u(int k, int j, int e) {
    return spectrum.element((k * dim + j) * rank + e);
  }

  final double eigenvalue(int k, int e) {
    return spectrum.value(k * rank + e);
  }

  /** {@code U_k' z}. */
  final double[] project(int k, double[] z) {
    double[] projected = new double[rank];
    for (int j = 0; j < dim; j++) {
      for (int e = 0; e < rank; e++) {
        projected[e] += u(k, j, e) * z[j];
      }
    }
    return projected;
  }

  /** {@code out += U_k coordinates}. */
  final void addBack(int k, double[] coordinates, double[] out) {
    for (int j = 0; j < dim; j++) {
      double sum = 0;
      for (int e = 0; e < rank; e++) {
        sum += u(k, j, e) * coordinates[e];
      }
      out[j] += sum;
    }
  }

  /** Adds the diagonal of {@code U_k diag(spread) U_k'}. */
  final void addVariance(int k, double[] spread, double[] out) {
    for (int j = 0; j < dim; j++) {
      for (int e = 0; e < rank; e++) {
        out[j] += u(k, j, e) * u(k, j, e) * spread[e];
      }
    }
  }
}
