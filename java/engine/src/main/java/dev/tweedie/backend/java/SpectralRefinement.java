package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Logits of components with variances of their own are squared norms, so a logit itself says what
 * it may be wrong by. Where that is more than 2^-8 it is evaluated again, {@code constant - sum
 * half_e p_e^2} with {@code p = U'(x' - a m)}; the others of a refined row stay what they are.
 */
final class SpectralRefinement extends Refinement {
  private final PriorTable prior;
  private final int rank;
  private final int halves;
  private final double[] constant;
  private final double[] half;
  private final float[] steep;
  private final float[] far;

  /** Empty where the eigenbasis is the unit matrix. */
  private final float[] basis;

  private final float[] rest;
  private final boolean turned; // else the basis is the axes
  private final DirectProjection direct;
  private final double[] difference;
  private final Chains chains = new Chains();

  private final float[] errors;
  private final double[] exact;
  private float[] squaredNorms = {};
  private float errorScale;

  SpectralRefinement(Components components) {
    super(components);
    prior = components.prior;
    int block = prior.kind().block();
    rank = prior.rank();
    halves = prior.kind() == Kind.DIAGONAL ? dim : prior.kind() == Kind.FULL ? rank : rank + 1;
    constant = new double[block];
    half = new double[block * halves];
    steep = new float[block];
    far = new float[block];
    turned = prior.kind() != Kind.DIAGONAL;
    float[] columns = turned ? ((BasisComponents) components).basis : new float[0];
    basis = columns;
    rest = new float[columns.length];
    direct = new DirectProjection(dim, rank, columns, rest);
    difference = direct.difference;
    errors = new float[block];
    exact = new double[block];
  }

  @Override
  float[] squaredNorms(Batch batch) {
    if (squaredNorms.length < batch.tiles * LANES) {
      squaredNorms = new float[batch.tiles * LANES];
    }
    Arrays.fill(squaredNorms, 0);
    for (int t = 0; t < batch.tiles; t++) {
      tile.squares(batch.x, batch.xOf(t), dim, squaredNorms, t * LANES);
    }
    return squaredNorms;
  }

  @Override
  void load(LevelTable level) {
    errorScale = level.errorScale();
    read(level.constant(), 1, constant);
    read(level.half(), halves, half);
    components.read(level.steep(), 1, steep);
    components.read(level.far(), 1, far);
    if (turned) {
      components.read(prior.rest(), rest.length, rest);
    }
  }

  private void read(MemorySegment column, int width, double[] to) {
    MemorySegment.copy(
        column,
        ValueLayout.JAVA_DOUBLE,
        (long) components.first * width * Double.BYTES,
        to,
        0,
        components.count * width);
  }

  @Override
  void accumulate(
      Batch batch, int t, float[] logits, float[] weights, float[] fade, float[] blockSum) {
    for (int l = 0; l < batch.inTile(t); l++) {
      int at = t * LANES + l;
      if (isRefined(at)) {
        evaluate(batch, t, l, logits);
        double before = batch.top[at];
        double top = before;
        for (int k = 0; k < components.count; k++) {
          top = exact[k] > top ? exact[k] : top;
        }
        fade[l] = Formula.weight((float) (before - top));
        blockSum[l] = weigh(l, top, weights);
        batch.top[at] = top;
      }
    }
  }

  @Override
  void weights(Batch batch, int t, float[] logits, float[] weights) {
    for (int l = 0; l < batch.inTile(t); l++) {
      int at = t * LANES + l;
      if (isRefined(at)) {
        evaluate(batch, t, l, logits);
        weigh(l, batch.top[at], weights);
      }
    }
  }

  private float weigh(int lane, double top, float[] weights) {
    float sum = 0;
    for (int k = 0; k < components.count; k++) {
      float w = Formula.weight((float) (exact[k] - top));
      weights[k * LANES + lane] = w;
      sum += w;
    }
    return sum;
  }

  /** The block's logits of one row to {@link #exact}. */
  private void evaluate(Batch batch, int t, int lane, float[] logits) {
    int at = t * LANES + lane;
    float norm = (float) Math.sqrt(squaredNorms[at]);
    for (int k = 0; k < components.count; k++) {
      float logit = logits[k * LANES + lane];
      errors[k] = error(k, norm, logit);
      float low = logit - errors[k];
      lead[at] = low > lead[at] ? low : lead[at];
    }
    float threshold = lead[at] + Formula.WEIGHT_FLOOR;
    boolean taken = false;
    for (int k = 0; k < components.count; k++) {
      float logit = logits[k * LANES + lane];
      if (components.bias[k] == WEIGHTLESS) {
        exact[k] = Double.NEGATIVE_INFINITY;
      } else if (errors[k] <= LOGIT_ERROR || logit + errors[k] < threshold) {
        exact[k] = logit;
      } else { // also where one of them is no number
        if (!taken) {
          take(batch, t, lane);
          taken = true;
        }
        exact[k] = constant[k] - form(k);
      }
    }
  }

  /** What a logit may be wrong by. */
  private float error(int k, float norm, float logit) {
    float q = (components.bias[k] - logit) * 2;
    q = 0 > q ? 0 : q;
    float along = Math.fma(norm, steep[k], far[k]);
    return Math.fma((float) Math.sqrt(q), along, errorScale * (q + Math.abs(components.bias[k])));
  }

  /** {@code sum half_e p_e^2}, low rank with the part of the row that no direction has. */
  private double form(int k) {
    for (int j = 0; j < dim; j++) {
      difference[j] = Math.fma(-alpha, components.means[k * dim + j], row[j]);
    }
    chains.clear();
    if (!turned) {
      for (int j = 0; j < dim; j++) {
        chains.add(j, difference[j] * difference[j], half[k * dim + j]);
      }
      return chains.fold();
    }
    direct.project();
    for (int e = 0; e < rank; e++) {
      chains.add(e, direct.projected[e] * direct.projected[e], half[e]);
    }
    double form = chains.fold();
    return halves == rank ? form : Math.fma(direct.squaredRest(), half[rank], form);
  }
}
