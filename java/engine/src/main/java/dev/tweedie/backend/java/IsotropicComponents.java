package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.Kind;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Components {@code N(m_k, c_k I)}: logits are a matrix product. */
final class IsotropicComponents extends Components {
  private static final int BLOCK = Kind.ISOTROPIC.block();

  private final float[] scale = new float[BLOCK];
  private final float[] negatedShift = new float[BLOCK];
  private final float[] slope = new float[BLOCK];
  private final float[] pull = new float[BLOCK];
  private final float[] spreads = new float[BLOCK];
  private final float[] pulled = new float[BLOCK * LANES];
  private final float[] slopes;
  private final float[] pulls;
  private int stride;

  /** |x'|^2 of each row. */
  float[] squaredNorms = {};

  IsotropicComponents(PriorTable prior, Tile tile) {
    super(prior, tile);
    slopes = new float[dim];
    pulls = new float[dim];
    spread = new float[dim];
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
    readStrided(level.spread(), spreads);
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
  void logits(Batch batch, int t, float[] logits) {
    Arrays.fill(logits, 0, count * LANES, 0);
    tile.product(logits, 0, count, means, 0, dim, 1, batch.x, batch.xOf(t), dim);
    if (stride == 1) {
      tile.affine(logits, count, scale, negatedShift, squaredNorms, t * LANES, bias);
    } else {
      tile.affine(logits, 0, count, scale, 0, bias, 0, logits);
    }
  }

  @Override
  void accumulate(Batch batch, int t, float[] weights) {
    int acc = batch.accOf(t);
    tile.multiply(weights, 0, count, pull, 0, pulled);
    tile.product(batch.acc, acc, dim, means, 0, 1, dim, pulled, 0, count);
    tile.product(batch.acc, acc + dim * LANES, 1, slope, 0, 0, 1, weights, 0, count);
  }

  @Override
  void mean(Batch batch, int t, int k, float[] mean) {
    Arrays.fill(slopes, slope[k]);
    Arrays.fill(spread, spreads[k]);
    for (int j = 0; j < dim; j++) {
      pulls[j] = pull[k] * means[k * dim + j];
    }
    tile.affine(batch.x, batch.xOf(t), dim, slopes, 0, pulls, 0, mean);
  }
}
