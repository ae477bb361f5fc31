package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import java.util.Arrays;

/** Components {@code N(m_k, U_k diag(l_k) U_k' + tau_k^2 I)}. */
final class LowRankComponents extends BasisComponents {
  private final float[] residual;
  private final float[] scaled;
  private final float[] negated;
  private final float[] minusAlpha = new float[LANES];
  private final float[] restSquares = new float[LANES];
  private final float[] squares = new float[LANES];
  private final float[] rest = new float[LANES];
  private final float[] shift = new float[1];
  private final float[] pull = new float[1];
  private final float[] floor = new float[1];
  private final float[] floors;
  private final float[] pulls;

  /** Of scores, whose spreads and floor would cancel, the floor is what the basis lacks alone. */
  private boolean floorIsOutside;

  LowRankComponents(PriorTable prior, Tile tile) {
    super(prior, tile);
    residual = new float[dim * LANES];
    scaled = new float[rank * LANES];
    negated = new float[rank * LANES];
    floors = new float[dim];
    pulls = new float[dim];
  }

  @Override
  void loadColumns(LevelTable level) {
    super.loadColumns(level);
    Arrays.fill(minusAlpha, -(float) level.level().alpha());
    read(level.shift(), 1, shift);
    read(level.pull(), 1, pull);
  }

  @Override
  void loadSpread(LevelTable level) {
    super.loadSpread(level);
    read(level.floor(), 1, floor);
    floorIsOutside = level.form() == Form.SCORES;
    Arrays.fill(floors, floor[0]);
    Arrays.fill(pulls, pull[0]);
  }

  @Override
  float floor(int j) {
    float outside = 1;
    for (int e = 0; floorIsOutside && e < rank; e++) {
      float u = basis[j * rank + e];
      outside = Math.fma(-u, u, outside);
    }
    return floor[0] * outside;
  }

  @Override
  void logits(Batch batch, int t, float[] logits, float[] top) {
    System.arraycopy(batch.x, batch.xOf(t), residual, 0, residual.length);
    addMean(means, minusAlpha, residual, 0);
    project(residual, 0);
    negateProjected();
    expand(negated, residual, 0);
    tile.multiply(projected, 0, rank, scale, 0, scaled);
    Arrays.fill(restSquares, 0);
    Arrays.fill(squares, 0);
    tile.squares(residual, 0, dim, restSquares, 0);
    tile.squares(scaled, 0, rank, squares, 0);
    for (int l = 0; l < LANES; l++) {
      logits[l] = Math.fma(-0.5f, Math.fma(restSquares[l], shift[0], squares[l]), bias[0]);
    }
    tile.maximum(logits, 1, top, 0, top);
  }

  private void negateProjected() {
    for (int i = 0; i < negated.length; i++) {
      negated[i] = -projected[i];
    }
  }

  @Override
  void addWeighted(Batch batch, int t, float[] weights) {
    int acc = batch.accOf(t);
    addMean(summed, weights, batch.acc, acc);
    tile.multiply(weights, 0, 1, pull, 0, rest);
    tile.add(batch.acc, acc, dim, rest, residual);
    addDirections(weights, projected, batch.acc, acc);
  }

  @Override
  void means(Batch batch, int t) {
    tile.affine(residual, 0, dim, pulls, 0, summed, 0, mean);
    addDirections(projected);
  }

  @Override
  void startSpreadTimes(float[] v, int vt) {
    if (!floorIsOutside) {
      tile.multiply(v, vt, dim, floors, 0, spreadTimes);
      return;
    }
    System.arraycopy(v, vt, residual, 0, residual.length);
    negateProjected();
    expand(negated, residual, 0);
    tile.multiply(residual, 0, dim, floors, 0, spreadTimes);
  }
}
