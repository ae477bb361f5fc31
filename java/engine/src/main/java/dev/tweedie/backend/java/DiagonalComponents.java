package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import java.util.Arrays;

/** Components {@code N(m_k, diag(c_k))}. */
final class DiagonalComponents extends DiagonalPosteriors {
  private final float[] scale;
  private final float[] negatedShift;
  private final float[] halves;

  DiagonalComponents(PriorTable prior, Tile tile) {
    super(prior, tile);
    scale = new float[means.length];
    negatedShift = new float[means.length];
    halves = new float[bias.length];
    Arrays.fill(halves, -0.5f);
  }

  @Override
  void loadColumns(LevelTable level) {
    read(level.scale(), dim, scale);
    readNegated(level.shift(), dim, negatedShift);
    read(level.slope(), dim, moments.slope);
    read(level.pull(), dim, moments.pull);
  }

  @Override
  void loadSpread(LevelTable level) {
    read(level.spread(), dim, moments.spread);
  }

  @Override
  void logits(Batch batch, int t, float[] logits, float[] top) {
    Arrays.fill(logits, 0, count * LANES, 0);
    tile.scaledSquares(batch.x, batch.xOf(t), dim, scale, negatedShift, logits, count);
    tile.logits(logits, count, halves, bias, top);
  }

  @Override
  void addWeighted(Batch batch, int t, float[] weights) {
    int acc = batch.accOf(t);
    tile.product(batch.acc, acc, dim, moments.slope, 0, 1, dim, weights, 0, count);
    tile.product(batch.acc, acc + dim * LANES, dim, moments.pull, 0, 1, dim, weights, 0, count);
  }
}
