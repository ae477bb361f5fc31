package dev.tweedie.backend.java;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import java.lang.foreign.MemorySegment;

/**
 * A block of components, copied into arrays: what differs between the kinds of covariance. Used for
 * one tile after the other: {@link #addWeighted}, {@link #addVariance} and {@link #addTimes} may
 * rely on what {@link #logits} left for the same tile.
 */
abstract class Components {
  final PriorTable prior;
  final Tile tile;
  final int dim;
  final float[] bias;
  final float[] means;

  int first;
  int count;

  Components(PriorTable prior, Tile tile) {
    this.prior = prior;
    this.tile = tile;
    dim = prior.dim();
    bias = new float[prior.kind().block()];
    means = new float[prior.kind().block() * dim];
  }

  static Components of(PriorTable prior, Tile tile) {
    return switch (prior.kind()) {
      case ISOTROPIC -> new IsotropicComponents(prior, tile);
      case DIAGONAL -> new DiagonalComponents(prior, tile);
      case LOW_RANK -> new LowRankComponents(prior, tile);
      case FULL -> new FullComponents(prior, tile);
    };
  }

  /** What depends on rows and level, not on the components. */
  void start(LevelTable level, Batch batch) {}

  /** Takes components {@code [first, first + count)}. */
  final void load(LevelTable level, int first, int count) {
    this.first = first;
    this.count = count;
    Floats.read(level.bias(), first, bias, 0, count);
    Floats.read(prior.means(), (long) first * dim, means, 0, count * dim);
    loadColumns(level);
  }

  abstract void loadColumns(LevelTable level);

  /** What only the covariance needs. */
  abstract void loadSpread(LevelTable level);

  /** Copies {@code width} columns of each component of this block. */
  final void read(MemorySegment table, int width, float[] to) {
    Floats.read(table, (long) first * width, to, 0, count * width);
  }

  /** As {@link #read}, each number with the other sign. */
  final void readNegated(MemorySegment table, int width, float[] to) {
    read(table, width, to);
    for (int i = 0; i < count * width; i++) {
      to[i] = -to[i];
    }
  }

  /** Logits of tile t, count x LANES; top of each lane becomes the largest of it and them. */
  abstract void logits(Batch batch, int t, float[] logits, float[] top);

  /** Adds the weighted sums of this block, weights count x LANES, to the sums of tile t. */
  abstract void addWeighted(Batch batch, int t, float[] weights);

  /**
   * Adds to the batch's part the second moments, about the batch's means, of the n components that
   * were picked: those whose weights, count x LANES, are not all zero.
   */
  abstract void addVariance(Batch batch, int t, float[] weights, int[] picked, int n);

  /** Likewise their part of the covariance times the batch's vectors. */
  abstract void addTimes(Batch batch, int t, float[] weights, int[] picked, int n);
}
