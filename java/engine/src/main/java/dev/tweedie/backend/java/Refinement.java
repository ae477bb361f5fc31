package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.Kind;
import dev.tweedie.backend.table.LevelTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Rows whose isotropic logits, made by products, may be wrong by more than 2^-8: their components
 * that can still matter are evaluated again, as {@code constant - half |x' - a m|^2} in float64.
 * Rows that need it are taken one by one.
 */
final class Refinement {
  private static final float LOGIT_ERROR = 0x1p-8f;

  /** Below the logits of all components that have weight, above those of the others. */
  private static final float WEIGHTLESS = -1e29f;

  private static final int DISTANCE_LANES = 16;

  private final IsotropicComponents components;
  private final Tile tile;
  private final int dim;
  private final double[] row;
  private final double[] distance = new double[DISTANCE_LANES];
  private final double[] constant = new double[Kind.ISOTROPIC.block()];
  private final double[] half = new double[Kind.ISOTROPIC.block()];
  private final float[] lowest = new float[LANES];
  private final float[] largest = new float[LANES];

  private float[] error = {};
  private boolean[] refined = {};

  /** Of the products within the shard. */
  private float[] lead = {};

  private int[] inTile = {};
  private double alpha;

  /** Components of the block that can still matter for a row, and their logits. */
  private final int[] candidates = new int[Kind.ISOTROPIC.block()];

  private final double[] exact = new double[Kind.ISOTROPIC.block()];

  Refinement(IsotropicComponents components) {
    this.components = components;
    this.tile = components.tile;
    this.dim = components.dim;
    row = new double[dim];
    Arrays.fill(lowest, -Float.MAX_VALUE);
  }

  /** Finds the rows to refine; the components must have been started on the same batch. */
  void start(LevelTable level, Batch batch) {
    if (error.length < batch.tiles * LANES) {
      error = new float[batch.tiles * LANES];
      refined = new boolean[batch.tiles * LANES];
      lead = new float[batch.tiles * LANES];
      inTile = new int[batch.tiles];
    }
    alpha = level.level().alpha();
    for (int t = 0; t < batch.tiles; t++) {
      inTile[t] = 0;
      for (int i = t * LANES; i < t * LANES + batch.inTile(t); i++) {
        float squares = components.squaredNorms[i];
        float norm = (float) Math.sqrt(squares);
        error[i] =
            level.errorScale()
                * Math.fma(
                    level.curvature(), squares, Math.fma(norm, level.reach(), level.bound()));
        refined[i] = error[i] > LOGIT_ERROR;
        inTile[t] += refined[i] ? 1 : 0;
      }
    }
    Arrays.fill(lead, -Float.MAX_VALUE);
  }

  /** Rows of tile t that are refined. */
  int count(int t) {
    return inTile[t];
  }

  boolean isRefined(int row) {
    return refined[row];
  }

  /** Takes what the block that the components hold needs beside its columns. */
  void load(LevelTable level) {
    read(level.constant(), level.constantStride(), constant);
    read(level.half(), level.stride(), half);
  }

  private void read(MemorySegment column, int stride, double[] to) {
    for (int k = 0; k < components.count; k++) {
      long at = (long) stride * (components.first + k);
      to[k] = column.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    }
  }

  /** Writes weights, factors and sums of the refined rows of tile t, and moves their maxima. */
  void gather(
      Batch batch, int t, float[] logits, float[] weights, float[] factor, float[] blockSum) {
    tile.maximum(logits, components.count, lowest, 0, largest);
    for (int l = 0; l < batch.inTile(t); l++) {
      int at = t * LANES + l;
      if (refined[at]) {
        int found = candidates(batch, t, l, logits);
        double before = batch.top[at];
        double top = before;
        for (int c = 0; c < found; c++) {
          top = exact[c] > top ? exact[c] : top;
        }
        factor[l] = Formula.weight((float) (before - top));
        blockSum[l] = weigh(found, l, top, weights);
        batch.top[at] = top;
      }
    }
  }

  /** Writes the weights of the refined rows of tile t, whose maxima are final. */
  void weights(Batch batch, int t, float[] logits, float[] weights) {
    tile.maximum(logits, components.count, lowest, 0, largest);
    for (int l = 0; l < batch.inTile(t); l++) {
      int at = t * LANES + l;
      if (refined[at]) {
        weigh(candidates(batch, t, l, logits), l, batch.top[at], weights);
      }
    }
  }

  private float weigh(int found, int lane, double top, float[] weights) {
    for (int k = 0; k < components.count; k++) {
      weights[k * LANES + lane] = 0;
    }
    float sum = 0;
    for (int c = 0; c < found; c++) {
      float w = Formula.weight((float) (exact[c] - top));
      weights[candidates[c] * LANES + lane] = w;
      sum += w;
    }
    return sum;
  }

  private int candidates(Batch batch, int t, int lane, float[] logits) {
    int at = t * LANES + lane;
    lead[at] = largest[lane] > lead[at] ? largest[lane] : lead[at];
    float threshold = lead[at] - Math.fma(2, error[at], -Formula.WEIGHT_FLOOR);
    if (!(largest[lane] >= threshold)) {
      return 0;
    }
    int found = 0;
    for (int k = 0; k < components.count; k++) {
      if (logits[k * LANES + lane] >= threshold && components.bias[k] > WEIGHTLESS) {
        candidates[found++] = k;
      }
    }
    if (found > 0) {
      for (int j = 0; j < dim; j++) {
        row[j] = batch.x[batch.xOf(t) + j * LANES + lane];
      }
    }
    for (int c = 0; c < found; c++) {
      int k = candidates[c];
      exact[c] = Math.fma(-half[k], squaredDistance(k), constant[k]);
    }
    return found;
  }

  private double squaredDistance(int k) {
    Arrays.fill(distance, 0);
    int at = k * dim;
    for (int j = 0; j < dim; j++) {
      double t = Math.fma(-alpha, components.means[at + j], row[j]);
      int lane = j % DISTANCE_LANES;
      distance[lane] = Math.fma(t, t, distance[lane]);
    }
    for (int half = DISTANCE_LANES / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; l++) {
        distance[l] += distance[l + half];
      }
    }
    return distance[0];
  }
}
