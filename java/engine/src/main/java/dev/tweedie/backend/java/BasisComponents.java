package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.Form;
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

  /** The component's mean where sums are of means, else zeros. */
  final float[] summed;

  /** Of one component: means, dim x LANES, and its covariance times vectors. */
  final float[] mean;

  final float[] spreadTimes;

  /** The diagonal of the component's covariance, for {@link #addVariance}. */
  private final float[] spread;

  /** (mean - the posterior mean)'v. */
  private final float[] along = new float[LANES];

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
    summed = new float[dim];
    mean = new float[dim * LANES];
    spreadTimes = new float[dim * LANES];
    Arrays.fill(ones, 1);
  }

  @Override
  void loadColumns(LevelTable level) {
    read(prior.basis(), dim * rank, basis);
    read(level.scale(), rank, scale);
    read(level.slope(), rank, slope);
    if (level.form() == Form.MEANS) {
      System.arraycopy(means, 0, summed, 0, dim);
    } else {
      Arrays.fill(summed, 0);
    }
  }

  @Override
  void loadSpread(LevelTable level) {
    read(level.spread(), rank, spreads);
  }

  /** The variance that the spreads add to, in direction j. */
  abstract float floor(int j);

  /** To {@link #mean} what the component adds to the sums: posterior means less the centre. */
  abstract void means(Batch batch, int t);

  /** {@code spread_j = fma(U_je^2, spreads_e, spread_j)} for e in order, from the floor. */
  private void variances() {
    for (int j = 0; j < dim; j++) {
      float sum = floor(j);
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
  final void addDirections(float[] y) {
    addDirections(ones, y, mean, 0);
  }

  @Override
  final void addVariance(Batch batch, int t, float[] weights, int[] picked, int n) {
    means(batch, t);
    variances();
    tile.addVariance(batch.part, batch.xOf(t), dim, weights, mean, batch.means, spread);
  }

  @Override
  final void addTimes(Batch batch, int t, float[] weights, int[] picked, int n) {
    int at = batch.xOf(t);
    means(batch, t);
    project(batch.vectors, at);
    startSpreadTimes(batch.vectors, at);
    tile.multiply(projected, 0, rank, spreads, 0, weighted);
    expand(weighted, spreadTimes, 0);
    tile.distances(mean, batch.means, batch.vectors, at, dim, along);
    tile.addProduct(batch.part, at, dim, weights, along, mean, spreadTimes);
  }

  /** {@code spreadTimes = floor v}, v the vectors whose projection is in {@link #projected}. */
  abstract void startSpreadTimes(float[] v, int vt);

  /** {@code to += w m}, m {@link #means} or {@link #summed}. */
  final void addMean(float[] m, float[] w, float[] to, int at) {
    tile.product(to, at, dim, m, 0, 1, 0, w, 0, 1);
  }
}
