package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import java.util.Arrays;

/** One component with an eigenbasis of its own: what low-rank and full covariances share. */
abstract class BasisComponents extends Components {
  final int rank;
  final float[] basis;
  final float[] scale;
  final float[] slope;
  final float[] spreads;

  /** U'x' or U'z of the tile, rank x LANES. */
  final float[] projected;

  final float[] weighted;
  private final float[] ones = new float[LANES];

  BasisComponents(PriorTable prior, Tile tile) {
    super(prior, tile);
    rank = prior.rank();
    basis = new float[dim * rank];
    scale = new float[rank];
    slope = new float[rank];
    spreads = new float[rank];
    projected = new float[rank * LANES];
    weighted = new float[rank * LANES];
    spread = new float[dim];
    Arrays.fill(ones, 1);
  }

  @Override
  void loadColumns(LevelTable level) {
    read(prior.basis(), dim * rank, basis);
    read(level.scale(), rank, scale);
    read(level.slope(), rank, slope);
  }

  /** {@code spread_j = fma(U_je^2, spreads_e, spread_j)} for e in order, from {@code start}. */
  final void loadSpread(LevelTable level, float start) {
    read(level.spread(), rank, spreads);
    for (int j = 0; j < dim; j++) {
      float sum = start;
      for (int e = 0; e < rank; e++) {
        float u = basis[j * rank + e];
        sum = Math.fma(u * u, spreads[e], sum);
      }
      spread[j] = sum;
    }
  }

  /** {@code projected = U'x}. */
  final void project(float[] x, int xt) {
    tile.freshProduct(projected, 0, rank, basis, 0, 1, rank, x, xt, dim);
  }

  /** {@code to += U y}. */
  final void expand(float[] y, float[] to, int at) {
    tile.product(to, at, dim, basis, 0, rank, 1, y, 0, rank);
  }

  /** {@code to += (w slope_e) y_e} in the directions e. */
  final void addDirections(float[] w, float[] y, float[] to, int at) {
    tile.multiply(y, rank, w, slope, weighted);
    expand(weighted, to, at);
  }

  /** {@code mean += slope_e y_e} in the directions e. */
  final void addDirections(float[] y, float[] mean) {
    addDirections(ones, y, mean, 0);
  }

  /** {@code out += U diag(spread) U'v}. */
  final void addSpreadTimes(float[] v, int vt, float[] out) {
    project(v, vt);
    tile.multiply(projected, 0, rank, spreads, 0, weighted);
    expand(weighted, out, 0);
  }

  /** {@code to += w m}. */
  final void addMean(float[] w, float[] to, int at) {
    tile.product(to, at, dim, means, 0, 1, 0, w, 0, 1);
  }

  /** The component's mean in every lane. */
  final void fillMean(float[] mean) {
    for (int j = 0; j < dim; j++) {
      Arrays.fill(mean, j * LANES, (j + 1) * LANES, means[j]);
    }
  }
}
