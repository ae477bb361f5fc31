package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import java.lang.foreign.MemorySegment;

/** A block of components on a grid of levels, copied into arrays. */
abstract class BlindComponents {
  /**
   * Squares that are added in one chain. The next so many make a chain of their own, which is added
   * to those before: a chain of d errs by about sqrt(d) / 6 of 2^-24 of its sum.
   */
  static final int CHAIN = 256;

  final PriorTable prior;
  final Tile tile;
  final int dim;
  final int levels;
  final float[] means;

  /** Of the state so far, and the running maximum that the block has moved. */
  final float[] fade = new float[LANES];

  final float[] largest = new float[LANES];
  private final float[] before = new float[LANES];

  /** Takes sums that nobody wants. */
  final float[] unused = new float[LANES];

  BlindComponents(PriorTable prior, int levels, Tile tile) {
    this.prior = prior;
    this.levels = levels;
    this.tile = tile;
    dim = prior.dim();
    means = new float[prior.kind().blindBlock() * dim];
  }

  /** Takes components {@code [first, first + count)}. */
  abstract void load(BlindTable table, int first, int count);

  /** Adds the block to the state of tile t. */
  abstract void accumulate(Batch batch, int t, boolean summing);

  /** Of rows that no level explains. */
  abstract BlindRefinement refinement();

  /** Copies {@code n} numbers of a column, from {@code first} on. */
  static void read(MemorySegment column, long first, float[] to, int n) {
    Floats.read(column, first, to, 0, n);
  }

  /** Starts {@link #largest} from the maximum so far. */
  final void startMaximum(Batch batch, int t) {
    System.arraycopy(batch.topFloat, t * LANES, before, 0, LANES);
    System.arraycopy(before, 0, largest, 0, LANES);
  }

  /** Moves the maximum of tile t to {@link #largest}; true where a fade is not 1. */
  final boolean moveMaximum(Batch batch, int t) {
    tile.weights(before, 1, largest, 0, fade, unused);
    System.arraycopy(largest, 0, batch.topFloat, t * LANES, LANES);
    return fades();
  }

  /** Logits of refined rows are relative to their maxima already; true where a fade is not 1. */
  final boolean takeRefined(Batch batch, int t) {
    for (int l = 0; l < batch.inTile(t); l++) {
      if (refinement().isRefined(t * LANES + l)) {
        largest[l] = 0;
      }
    }
    return fades();
  }

  private boolean fades() {
    for (float f : fade) {
      if (f != 1) {
        return true;
      }
    }
    return false;
  }
}
