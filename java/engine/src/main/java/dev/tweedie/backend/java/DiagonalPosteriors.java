package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;

/** Components whose posterior covariance is diagonal: what isotropic and diagonal ones share. */
abstract class DiagonalPosteriors extends Components {
  final AffineMoments moments;
  private final float[] along = new float[AffineMoments.TOGETHER * LANES];

  DiagonalPosteriors(PriorTable prior, Tile tile) {
    super(prior, tile);
    moments = new AffineMoments(prior.kind().block(), dim, prior.kind() == Kind.ISOTROPIC);
  }

  @Override
  final void addVariance(Batch batch, int t, float[] weights, int[] picked, int n) {
    tile.addVariance(moments, picked, n, weights, batch.x, batch.means, batch.xOf(t), batch.part);
  }

  @Override
  final void addTimes(Batch batch, int t, float[] weights, int[] picked, int n) {
    int at = batch.xOf(t);
    tile.addTimes(
        moments, picked, n, weights, batch.x, batch.means, batch.vectors, at, along, batch.part);
  }
}
