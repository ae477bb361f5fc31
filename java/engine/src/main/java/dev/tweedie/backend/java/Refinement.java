package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.LevelTable;
import java.util.Arrays;

/**
 * Rows whose float32 logits may be wrong by more than 2^-8: their components that can still matter
 * are evaluated again, directly and in float64. Rows that need it are taken one by one, and their
 * maximum is one in float64.
 */
public abstract class Refinement {
  public static final float LOGIT_ERROR = 0x1p-8f;

  /** The bias of components without weight, and of no other. */
  static final float WEIGHTLESS = Float.NEGATIVE_INFINITY;

  /** Chains of a sum in float64, folded 8, 4, 2, 1. */
  private static final int CHAINS = 16;

  final Components components;
  final Tile tile;
  final int dim;

  /** The largest components' logits known so far, of the shard, as a refined row compares them. */
  float[] lead = {};

  float[] error = {};
  private boolean[] refined = {};
  private int[] inTile = {};
  double alpha;

  /** x' of the row that is worked on. */
  final double[] row;

  Refinement(Components components) {
    this.components = components;
    this.tile = components.tile;
    this.dim = components.dim;
    row = new double[dim];
  }

  static Refinement of(Components components) {
    return components instanceof IsotropicComponents isotropic
        ? new IsotropicRefinement(isotropic)
        : new SpectralRefinement(components);
  }

  /** {@code |x'|^2} of each row of the batch. */
  abstract float[] squaredNorms(Batch batch);

  /** Finds the rows to refine; the components must have been started on the same batch. */
  final void start(LevelTable level, Batch batch) {
    if (error.length < batch.tiles * LANES) {
      error = new float[batch.tiles * LANES];
      refined = new boolean[batch.tiles * LANES];
      lead = new float[batch.tiles * LANES];
      inTile = new int[batch.tiles];
    }
    alpha = level.level().alpha();
    float[] squaredNorms = squaredNorms(batch);
    for (int t = 0; t < batch.tiles; t++) {
      inTile[t] = 0;
      for (int i = t * LANES; i < t * LANES + batch.inTile(t); i++) {
        float squares = squaredNorms[i];
        float norm = (float) Math.sqrt(squares);
        error[i] =
            level.errorScale()
                * Math.fma(
                    level.widestHalf(), squares, Math.fma(norm, level.reach(), level.bound()));
        refined[i] = !(error[i] <= LOGIT_ERROR); // also where it is no number
        inTile[t] += refined[i] ? 1 : 0;
      }
    }
    Arrays.fill(lead, -Float.MAX_VALUE);
  }

  /** Rows of tile t that are refined. */
  final int count(int t) {
    return inTile[t];
  }

  final boolean isRefined(int row) {
    return refined[row];
  }

  /** Takes what the block that the components hold needs beside its columns. */
  abstract void load(LevelTable level);

  /** Writes weights, factors and sums of the refined rows of tile t, and moves their maxima. */
  abstract void accumulate(
      Batch batch, int t, float[] logits, float[] weights, float[] fade, float[] blockSum);

  /** Writes the weights of the refined rows of tile t, whose maxima are final. */
  abstract void weights(Batch batch, int t, float[] logits, float[] weights);

  /** Takes {@link #row} from lane l of tile t. */
  final void take(Batch batch, int t, int lane) {
    for (int j = 0; j < dim; j++) {
      row[j] = batch.x[batch.xOf(t) + j * LANES + lane];
    }
  }

  /** A sum in float64 whose additions take turns among {@value #CHAINS} chains. */
  static final class Chains {
    private final double[] chain = new double[CHAINS];

    void clear() {
      Arrays.fill(chain, 0);
    }

    /** Adds {@code a b}, the i-th number. */
    void add(int i, double a, double b) {
      int at = i % CHAINS;
      chain[at] = Math.fma(a, b, chain[at]);
    }

    double fold() {
      for (int half = CHAINS / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; l++) {
          chain[l] += chain[l + half];
        }
      }
      return chain[0];
    }
  }
}
