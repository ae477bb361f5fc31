package dev.tweedie.backend.reference;

import java.util.Arrays;

/** Components with an eigenbasis of their own. */
abstract class EigenRows extends ComponentRows {
  final int rank;

  /** What {@link #project} wrote: coordinate e of row l at {@code e rows + l}. */
  final double[] coordinates;

  final double[] quadratic;
  private final EigenPosterior of;
  private final double[] basis; // d x r of one component
  private final double[] sums;

  EigenRows(EigenPosterior components, int rows) {
    super(components, rows);
    of = components;
    rank = components.rank;
    basis = new double[dim * rank];
    coordinates = new double[rank * rows];
    quadratic = new double[rows];
    sums = new double[dim * rows];
  }

  /** {@code U_k' v} to {@link #coordinates}; {@link #addBack} is then of the same component. */
  final void project(int k, double[] v) {
    of.spectrum.copyBasis(k * basis.length, basis);
    Arrays.fill(coordinates, 0);
    loops.addProducts(basis, rank, 1, dim, rank, v, 0, rows, coordinates);
  }

  /** {@code out += U_k by}, each sum from zero. */
  final void addBack(double[] by, double[] out) {
    Arrays.fill(sums, 0);
    loops.addProducts(basis, 1, rank, rank, dim, by, 0, rows, sums);
    for (int at = 0; at < out.length; at++) {
      out[at] += sums[at];
    }
  }
}
