package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Isotropic logits are made by products, which lose the digits of {@code |x' - a m|^2} when sigma
 * is small: they are evaluated again as {@code constant - half |x' - a m|^2}.
 */
final class IsotropicRefinement extends Refinement {
  private final IsotropicComponents isotropic;
  private final Chains distance = new Chains();
  private final double[] constant = new double[Kind.ISOTROPIC.block()];
  private final double[] half = new double[Kind.ISOTROPIC.block()];
  private final float[] lowest = new float[LANES];
  private final float[] largest = new float[LANES];

  /** Components of the block that can still matter for a row, and their logits. */
  private final int[] candidates = new int[Kind.ISOTROPIC.block()];

  private final double[] exact = new double[Kind.ISOTROPIC.block()];

  IsotropicRefinement(IsotropicComponents components) {
    super(components);
    isotropic = components;
    Arrays.fill(lowest, -Float.MAX_VALUE);
  }

  @Override
  float[] squaredNorms(Batch batch) {
    return isotropic.squaredNorms;
  }

  @Override
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

  @Override
  void accumulate(
      Batch batch, int t, float[] logits, float[] weights, float[] fade, float[] blockSum) {
    tile.maximum(logits, components.count, lowest, 0, largest);
    for (int l = 0; l < batch.inTile(t); l++) {
      int at = t * LANES + l;
      if (isRefined(at)) {
        int found = candidates(batch, t, l, logits);
        double before = batch.top[at];
        double top = before;
        for (int c = 0; c < found; c++) {
          top = exact[c] > top ? exact[c] : top;
        }
        fade[l] = Formula.weight((float) (before - top));
        blockSum[l] = weigh(found, l, top, weights);
        batch.top[at] = top;
      }
    }
  }

  @Override
  void weights(Batch batch, int t, float[] logits, float[] weights) {
    tile.maximum(logits, components.count, lowest, 0, largest);
    for (int l = 0; l < batch.inTile(t); l++) {
      int at = t * LANES + l;
      if (isRefined(at)) {
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
    float threshold = threshold(lead[at], error[at]);
    if (largest[lane] < threshold) {
      return 0;
    }
    int found = 0;
    for (int k = 0; k < components.count; k++) {
      if (!(logits[k * LANES + lane] < threshold) && components.bias[k] != WEIGHTLESS) {
        candidates[found++] = k;
      }
    }
    if (found > 0) {
      take(batch, t, lane);
    }
    for (int c = 0; c < found; c++) {
      int k = candidates[c];
      exact[c] = Math.fma(-half[k], squaredDistance(k), constant[k]);
    }
    return found;
  }

  /**
   * Logits below it weigh nothing. Where a product overflowed the largest one says nothing either.
   */
  private static float threshold(float lead, float error) {
    return lead < Float.POSITIVE_INFINITY
        ? lead - Math.fma(2, error, -Formula.WEIGHT_FLOOR)
        : Float.NEGATIVE_INFINITY;
  }

  private double squaredDistance(int k) {
    distance.clear();
    int at = k * dim;
    for (int j = 0; j < dim; j++) {
      double t = Math.fma(-alpha, components.means[at + j], row[j]);
      distance.add(j, t, t);
    }
    return distance.fold();
  }
}
