package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import java.util.Arrays;

/** Components {@code N(m_k, c_k I)}: squared distances once, then the logits of every level. */
final class IsotropicBlind extends BlindComponents {
  private static final int BLOCK = Kind.ISOTROPIC.block();

  private static final float[] ONE = {1};

  /** Of component k of the block and level s at {@code k stride + s}. */
  private final float[] negatedShift;

  /** First the pulls, then the slopes, which a product takes as its rows. */
  private final float[] gains;

  private int stride;

  /** Of component k of the block and level s at {@code k biasStride + s}. */
  private final float[] bias;

  private int biasStride;

  private final float[] squares = new float[BLOCK * LANES];
  private final float[] chain = new float[BLOCK * LANES];

  /** Of each component the largest logit, then its weight. */
  private final float[] best = new float[BLOCK * LANES];

  private final int[] picked = new int[BLOCK];

  /** Of one component and every level. */
  private final float[] logits;

  private final float[] weights;
  private final float[] masses;

  /** Of one component: its weights times pull and slope, summed over the levels. */
  private final float[] gained = new float[2 * LANES];

  /** The same of all components that weigh, and their means. */
  private final float[] pulled = new float[BLOCK * LANES];

  private final float[] sloped = new float[BLOCK * LANES];
  private final float[] pickedMeans;
  private int count;
  private final BlindRefinement.Isotropic refinement;
  private boolean refining;

  IsotropicBlind(PriorTable prior, int levels, Tile tile) {
    super(prior, levels, tile);
    pickedMeans = new float[means.length];
    bias = new float[levels * BLOCK];
    negatedShift = new float[levels * BLOCK];
    gains = new float[2 * levels * BLOCK];
    logits = new float[levels * LANES];
    weights = new float[levels * LANES];
    masses = new float[levels * LANES];
    refinement = new BlindRefinement.Isotropic(prior, levels, tile);
  }

  @Override
  BlindRefinement refinement() {
    return refinement;
  }

  @Override
  void load(BlindTable table, int first, int count) {
    this.count = count;
    read(prior.means(), (long) first * dim, means, count * dim);
    biasStride = table.biasStride() * levels;
    read(table.bias(), (long) first * biasStride, bias, biasStride == 0 ? levels : count * levels);
    stride = table.stride() * levels;
    int n = stride == 0 ? levels : count * levels;
    long at = (long) first * stride;
    read(table.shift(), at, negatedShift, n);
    for (int i = 0; i < n; i++) {
      negatedShift[i] = -negatedShift[i];
    }
    Floats.read(table.pull(), at, gains, 0, n);
    Floats.read(table.slope(), at, gains, levels * BLOCK, n);
  }

  @Override
  void accumulate(Batch batch, int t, boolean summing) {
    findDistances(batch.x, batch.xOf(t));
    startMaximum(batch, t);
    tile.largestOfLevels(squares, count, levels, negatedShift, stride, bias, biasStride, best);
    tile.maximum(best, count, largest, 0, largest);
    boolean moved = moveMaximum(batch, t);
    refining = refinement.count(t) > 0;
    if (refining) {
      refinement.distances(batch, t, means, best, fade);
      moved = takeRefined(batch, t);
    }
    tile.weights(best, count, largest, 0, best, unused);
    int n = tile.weighing(best, count, picked);
    Arrays.fill(masses, 0);
    for (int i = 0; i < n; i++) {
      weigh(batch, t, picked[i]);
      if (summing) {
        gain(i);
      }
    }
    tile.rescaleAndAdd(batch.sum, batch.sumOf(t), levels, fade, masses);
    if (summing) {
      addWeighted(batch, batch.accOf(t), moved, n);
    }
  }

  private void findDistances(float[] x, int xt) {
    tile.squaredDistances(x, xt, Math.min(dim, CHAIN), means, 0, dim, squares, count);
    for (int j = CHAIN; j < dim; j += CHAIN) {
      int n = Math.min(dim - j, CHAIN);
      tile.squaredDistances(x, xt + j * LANES, n, means, j, dim, chain, count);
      tile.add(squares, 0, count, chain);
    }
  }

  /** Weights of component k at every level, added to the masses. */
  private void weigh(Batch batch, int t, int k) {
    tile.logitsOfLevels(
        squares, k * LANES, levels, negatedShift, k * stride, bias, k * biasStride, logits);
    if (refining) {
      refinement.logits(batch, t, k, logits);
    }
    tile.weights(logits, levels, largest, 0, weights, unused);
    tile.add(masses, 0, levels, weights);
  }

  /** What the weights of component picked_i add to the sums. */
  private void gain(int i) {
    int k = picked[i];
    tile.freshProduct(gained, 0, 2, gains, k * stride, levels * BLOCK, 1, weights, 0, levels);
    System.arraycopy(gained, 0, pulled, i * LANES, LANES);
    System.arraycopy(gained, LANES, sloped, i * LANES, LANES);
    System.arraycopy(means, k * dim, pickedMeans, i * dim, dim);
  }

  private void addWeighted(Batch batch, int acc, boolean moved, int n) {
    if (moved) {
      tile.rescale(batch.acc, acc, dim + 1, fade);
    }
    if (n > 0) {
      tile.product(batch.acc, acc, dim, pickedMeans, 0, 1, dim, pulled, 0, n);
      tile.product(batch.acc, acc + dim * LANES, 1, ONE, 0, 0, 0, sloped, 0, n);
    }
  }
}
