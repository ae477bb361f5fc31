package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import java.util.Arrays;

/** Components {@code N(m_k, U_k diag(l_k) U_k')}. */
final class FullComponents extends BasisComponents {
  private final float[] negatedShift;
  private final float[] whitened;
  private final float[] squares = new float[LANES];

  FullComponents(PriorTable prior, Tile tile) {
    super(prior, tile);
    negatedShift = new float[rank];
    whitened = new float[rank * LANES];
  }

  @Override
  void loadColumns(LevelTable level) {
    super.loadColumns(level);
    readNegated(level.shift(), rank, negatedShift);
  }

  @Override
  float floor(int j) {
    return 0;
  }

  @Override
  void logits(Batch batch, int t, float[] logits, float[] top) {
    project(batch.x, batch.xOf(t));
    tile.affine(projected, 0, rank, scale, 0, negatedShift, 0, whitened);
    Arrays.fill(squares, 0);
    tile.squares(whitened, 0, rank, squares, 0);
    for (int l = 0; l < LANES; l++) {
      logits[l] = Math.fma(-0.5f, squares[l], bias[0]);
    }
    tile.maximum(logits, 1, top, 0, top);
  }

  @Override
  void addWeighted(Batch batch, int t, float[] weights) {
    int acc = batch.accOf(t);
    addMean(summed, weights, batch.acc, acc);
    addDirections(weights, whitened, batch.acc, acc);
  }

  @Override
  void means(Batch batch, int t) {
    for (int j = 0; j < dim; j++) {
      Arrays.fill(mean, j * LANES, (j + 1) * LANES, summed[j]);
    }
    addDirections(whitened);
  }

  @Override
  void startSpreadTimes(float[] v, int vt) {
    Arrays.fill(spreadTimes, 0);
  }
}
