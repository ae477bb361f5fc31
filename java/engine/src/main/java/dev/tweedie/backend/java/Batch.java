package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.host.RowState;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The rows of a {@link RowState} in tiles, and the state of their softmax over one shard. The lanes
 * left over in the last tile repeat its last row: they compute something finite that nobody reads.
 * Arrays grow to the largest chunk ever seen and stay.
 */
final class Batch {
  private final int dim;
  private final int width;
  private final int sums;
  private final Tile tile;
  private final float[] centre;
  private final float[] minusAlpha = new float[LANES];
  private final float[] rowsOfTile;
  private final float[] accOfTile;

  int rows;
  int tiles;

  /** x - alpha centre, one tile of dim after the other. */
  float[] x = {};

  /** Of the shard: sums of a tile, width x LANES, one tile after the other. */
  float[] acc = {};

  /**
   * Of the shard. A refined row has its maximum in float64; topFloat is then that of its products.
   */
  double[] top = {};

  float[] topFloat = {};

  /** Masses: LANES, or sums x LANES, a tile. */
  float[] sum = {};

  int[] chosen = {};

  /** The centred posterior means, dim x LANES a tile: {@link #loadMeans}. */
  float[] means = {};

  /** What covariances are multiplied with, dim x LANES a tile: {@link #loadVectors}. */
  float[] vectors = {};

  /** Of the covariance, dim x LANES a tile: {@link #clearPart}. */
  float[] part = {};

  /**
   * @param width weighted sums of a row
   * @param sums masses of a row
   */
  Batch(PriorTable prior, Tile tile, int width, int sums) {
    this.tile = tile;
    this.width = width;
    this.sums = sums;
    dim = prior.dim();
    centre = new float[dim];
    Floats.read(prior.centre(), 0, centre, 0, dim);
    rowsOfTile = new float[dim * LANES];
    accOfTile = new float[width * LANES];
  }

  /** Takes the rows of {@code state}, less alpha times the centre. */
  void load(LevelTable level, RowState state) {
    load((float) level.level().alpha(), state);
  }

  void load(float alpha, RowState state) {
    Arrays.fill(minusAlpha, -alpha);
    rows = (int) state.rows();
    tiles = (rows + LANES - 1) / LANES;
    if (topFloat.length < tiles * LANES) {
      x = new float[tiles * LANES * dim];
      acc = new float[tiles * LANES * width];
      top = new double[tiles * LANES];
      topFloat = new float[tiles * LANES];
      sum = new float[tiles * LANES * sums];
      chosen = new int[tiles * LANES];
    }
    for (int t = 0; t < tiles; t++) {
      int count = inTile(t);
      Floats.read(state.x(), (state.begin() + (long) t * LANES) * dim, rowsOfTile, 0, count * dim);
      repeatLast(rowsOfTile, count, dim);
      Floats.toTile(rowsOfTile, dim, x, xOf(t));
      tile.product(x, xOf(t), dim, centre, 0, 1, 0, minusAlpha, 0, 1);
    }
  }

  private static void repeatLast(float[] rows, int count, int n) {
    for (int i = count; i < LANES; i++) {
      System.arraycopy(rows, (count - 1) * n, rows, i * n, n);
    }
  }

  /** Nothing seen yet. */
  void clear() {
    for (int t = 0; t < tiles; t++) {
      clear(t);
    }
  }

  /** Nothing seen yet by tile t. */
  void clear(int t) {
    int at = t * LANES;
    Arrays.fill(top, at, at + LANES, Double.NEGATIVE_INFINITY);
    Arrays.fill(topFloat, at, at + LANES, -Float.MAX_VALUE);
    Arrays.fill(chosen, at, at + LANES, -1);
    Arrays.fill(sum, at * sums, (at + LANES) * sums, 0);
    Arrays.fill(acc, at * width, (at + LANES) * width, 0);
  }

  /** Rows in tile t that are not repetitions. */
  int inTile(int t) {
    return Math.min(LANES, rows - t * LANES);
  }

  int xOf(int t) {
    return t * LANES * dim;
  }

  int sumOf(int t) {
    return t * LANES * sums;
  }

  int accOf(int t) {
    return t * LANES * width;
  }

  /** Takes maxima and sums of a complete state. */
  void loadComplete(RowState state) {
    for (int i = 0; i < tiles * LANES; i++) {
      int row = Math.min(i, rows - 1);
      top[i] = state.top().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
      topFloat[i] = (float) top[i];
      sum[i] = state.sum().getAtIndex(ValueLayout.JAVA_FLOAT, row);
    }
    // lanes without a row weigh nothing: their logits, never refined, may be far above a refined
    // top
    Arrays.fill(topFloat, rows, tiles * LANES, Float.MAX_VALUE);
  }

  /** Takes the means that finish left. */
  void loadMeans(RowState state) {
    if (means.length < tiles * LANES * dim) {
      means = new float[tiles * LANES * dim];
    }
    for (int t = 0; t < tiles; t++) {
      int count = inTile(t);
      for (int i = 0; i < count; i++) {
        Floats.read(state.acc(), ((long) t * LANES + i) * width, rowsOfTile, i * dim, dim);
      }
      repeatLast(rowsOfTile, count, dim);
      Floats.toTile(rowsOfTile, dim, means, xOf(t));
    }
  }

  /** Takes the rows of v, which belongs to the batch. */
  void loadVectors(RowState state, MemorySegment v) {
    if (vectors.length < tiles * LANES * dim) {
      vectors = new float[tiles * LANES * dim];
    }
    for (int t = 0; t < tiles; t++) {
      int count = inTile(t);
      Floats.read(v, (state.begin() + (long) t * LANES) * dim, rowsOfTile, 0, count * dim);
      repeatLast(rowsOfTile, count, dim);
      Floats.toTile(rowsOfTile, dim, vectors, xOf(t));
    }
  }

  void clearPart() {
    part = acc; // of no other use after finish, and wide enough
    Arrays.fill(part, 0, tiles * LANES * dim, 0);
  }

  /** {@code diagonal = fma(part, 1 / sum, diagonal)}. */
  void addDiagonal(RowState state) {
    for (int t = 0; t < tiles; t++) {
      Floats.toRows(part, xOf(t), dim, rowsOfTile);
      int count = inTile(t);
      MemorySegment diagonal = state.diagonal();
      long first = (long) t * LANES * dim;
      Floats.read(diagonal, first, accOfTile, 0, count * dim);
      for (int i = 0; i < count; i++) {
        float inverse = 1 / sum[t * LANES + i];
        int at = i * dim;
        for (int j = 0; j < dim; j++) {
          accOfTile[at + j] = Math.fma(rowsOfTile[at + j], inverse, accOfTile[at + j]);
        }
      }
      Floats.write(accOfTile, 0, diagonal, first, count * dim);
    }
  }

  /** The sums of the rows of tile t, row-major; valid until the next call. */
  float[] accRows(int t) {
    Floats.toRows(acc, accOf(t), width, accOfTile);
    return accOfTile;
  }
}
