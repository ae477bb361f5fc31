package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Components {@code N(m_k, c_k I)}: logits are a matrix product. */
final class IsotropicComponents extends DiagonalPosteriors {
  private static final int BLOCK = Kind.ISOTROPIC.block();

  /**
   * From this dimension on the sums leave out components that weigh nothing for a whole tile: at
   * small sigma nearly all. Their zeros would only add zeros.
   */
  private static final int PICK_DIM = 32;

  private final float[] scale = new float[BLOCK];
  private final float[] negatedShift = new float[BLOCK];
  private final float[] slope = moments.slope;
  private final float[] pull = new float[BLOCK];
  private final float[] pulled = new float[BLOCK * LANES];
  private final int[] picked = new int[BLOCK];
  private final float[] pickedWeights = new float[BLOCK * LANES];
  private final float[] pickedPull = new float[BLOCK];
  private final float[] pickedSlope = new float[BLOCK];
  private final float[] pickedMeans;
  private int stride;

  /** |x'|^2 of each row. */
  float[] squaredNorms = {};

  IsotropicComponents(PriorTable prior, Tile tile) {
    super(prior, tile);
    pickedMeans = new float[dim < PICK_DIM ? 0 : means.length];
  }

  @Override
  void start(LevelTable level, Batch batch) {
    stride = level.stride();
    if (squaredNorms.length < batch.tiles * LANES) {
      squaredNorms = new float[batch.tiles * LANES];
    }
    Arrays.fill(squaredNorms, 0);
    for (int t = 0; t < batch.tiles; t++) {
      tile.squares(batch.x, batch.xOf(t), dim, squaredNorms, t * LANES);
    }
  }

  @Override
  void loadColumns(LevelTable level) {
    readStrided(level.scale(), scale);
    readStrided(level.slope(), slope);
    readStrided(level.pull(), pull);
    if (stride == 1) {
      readNegated(level.shift(), 1, negatedShift);
    }
  }

  @Override
  void loadSpread(LevelTable level) {
    readStrided(level.spread(), moments.spread);
    for (int k = 0; k < count; k++) {
      for (int at = k * dim; at < (k + 1) * dim; at++) {
        moments.pull[at] = pull[k] * means[at];
      }
    }
  }

  private void readStrided(MemorySegment column, float[] to) {
    if (stride == 1) {
      read(column, 1, to);
    } else {
      Floats.read(column, 0, to, 0, 1);
      Arrays.fill(to, to[0]);
    }
  }

  @Override
  void logits(Batch batch, int t, float[] logits, float[] top) {
    tile.freshProduct(logits, 0, count, means, 0, dim, 1, batch.x, batch.xOf(t), dim);
    if (stride == 1) {
      tile.logits(logits, count, scale, negatedShift, squaredNorms, t * LANES, bias, top);
    } else {
      tile.logits(logits, count, scale, bias, top);
    }
  }

  @Override
  void addWeighted(Batch batch, int t, float[] weights) {
    int n = dim < PICK_DIM ? count : tile.weighing(weights, count, picked);
    if (n == count) {
      add(batch.acc, batch.accOf(t), weights, n, pull, slope, means);
      return;
    }
    for (int i = 0; i < n; i++) {
      int k = picked[i];
      System.arraycopy(weights, k * LANES, pickedWeights, i * LANES, LANES);
      System.arraycopy(means, k * dim, pickedMeans, i * dim, dim);
      pickedPull[i] = pull[k];
      pickedSlope[i] = slope[k];
    }
    add(batch.acc, batch.accOf(t), pickedWeights, n, pickedPull, pickedSlope, pickedMeans);
  }

  private void add(
      float[] acc, int at, float[] weights, int n, float[] pull, float[] slope, float[] means) {
    tile.pull(weights, n, pull, slope, pulled, acc, at + dim * LANES);
    tile.product(acc, at, dim, means, 0, 1, dim, pulled, 0, n);
  }
}
