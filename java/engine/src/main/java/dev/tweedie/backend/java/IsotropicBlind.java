package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.Kind;
import dev.tweedie.backend.table.PriorTable;
import java.util.Arrays;

/** Components {@code N(m_k, c_k I)}: squared distances once, then the logits of every level. */
final class IsotropicBlind extends BlindComponents {
  private static final int BLOCK = Kind.ISOTROPIC.block();

  private final float[] negatedMeans;
  private final float[] ones;

  /** Of level s and component k of the block at {@code s * BLOCK + k}. */
  private final float[] bias;

  private final float[] negatedShift;
  private final float[] pull;
  private final float[] slope;

  private final float[] column;
  private final float[] squares = new float[BLOCK * LANES];
  private final float[] logits = new float[BLOCK * LANES];
  private final float[] weights = new float[BLOCK * LANES];
  private final float[] mass = new float[LANES];
  private final float[] pulled = new float[BLOCK * LANES];
  private final float[] sloped = new float[BLOCK * LANES];
  private int count;

  IsotropicBlind(PriorTable prior, int levels, Tile tile) {
    super(prior, levels, tile);
    negatedMeans = new float[means.length];
    ones = new float[means.length];
    Arrays.fill(ones, 1);
    bias = new float[levels * BLOCK];
    negatedShift = new float[levels * BLOCK];
    pull = new float[levels * BLOCK];
    slope = new float[levels * BLOCK];
    column = new float[levels * BLOCK];
  }

  @Override
  void load(BlindTable table, int first, int count) {
    this.count = count;
    read(prior.means(), (long) first * dim, means, count * dim);
    for (int i = 0; i < count * dim; i++) {
      negatedMeans[i] = -means[i];
    }
    read(table.bias(), first, table.biasStride(), bias);
    read(table.shift(), first, table.stride(), negatedShift);
    for (int i = 0; i < negatedShift.length; i++) {
      negatedShift[i] = -negatedShift[i];
    }
    read(table.pull(), first, table.stride(), pull);
    read(table.slope(), first, table.stride(), slope);
  }

  private void read(java.lang.foreign.MemorySegment from, int first, int stride, float[] to) {
    read(from, (long) stride * first * levels, column, levels * (stride == 0 ? 1 : count));
    for (int k = 0; k < count; k++) {
      for (int s = 0; s < levels; s++) {
        to[s * BLOCK + k] = column[stride * k * levels + s];
      }
    }
  }

  @Override
  void gather(Batch batch, int t, boolean summing) {
    Arrays.fill(squares, 0, count * LANES, 0);
    tile.scaledSquares(batch.x, batch.xOf(t), dim, ones, negatedMeans, squares, count);
    startMaximum(batch, t);
    for (int s = 0; s < levels; s++) {
      logits(s);
      tile.maximum(logits, count, largest, 0, largest);
    }
    boolean moved = moveMaximum(batch, t);
    Arrays.fill(pulled, 0, count * LANES, 0);
    Arrays.fill(sloped, 0, count * LANES, 0);
    boolean weighted = false;
    for (int s = 0; s < levels; s++) {
      logits(s);
      tile.weights(logits, count, largest, 0, weights, mass);
      addMass(batch.sum, batch.sumOf(t) + s * LANES, mass, 0);
      if (summing && anyPositive(mass)) {
        weighted = true;
        add(pulled, pull, s * BLOCK);
        add(sloped, slope, s * BLOCK);
      }
    }
    if (summing) {
      accumulate(batch, batch.accOf(t), moved, weighted);
    }
  }

  private void logits(int s) {
    tile.affine(squares, 0, count, negatedShift, s * BLOCK, bias, s * BLOCK, logits);
  }

  /** {@code to_k = fma(w_k, column_k, to_k)}. */
  private void add(float[] to, float[] column, int at) {
    for (int k = 0; k < count; k++) {
      float factor = column[at + k];
      for (int l = k * LANES; l < (k + 1) * LANES; l++) {
        to[l] = Math.fma(weights[l], factor, to[l]);
      }
    }
  }

  private void accumulate(Batch batch, int acc, boolean moved, boolean weighted) {
    if (moved) {
      tile.rescale(batch.acc, acc, dim + 1, factor);
    }
    if (weighted) {
      tile.product(batch.acc, acc, dim, means, 0, 1, dim, pulled, 0, count);
      tile.product(batch.acc, acc + dim * LANES, 1, ones, 0, 0, 1, sloped, 0, count);
    }
  }
}
