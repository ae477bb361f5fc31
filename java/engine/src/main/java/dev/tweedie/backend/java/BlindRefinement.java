package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.java.Refinement.Chains;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Blind rows that no level explains. Their squared distances are so large that float32 logits do
 * not tell components apart, which the first time through a shard shows in the end. Then it is gone
 * through once more, and what may weigh is evaluated directly and in float64.
 */
abstract class BlindRefinement {
  static final float WEIGHTLESS = 2 * Formula.WEIGHT_FLOOR;

  final PriorTable prior;
  final int dim;
  final int levels;
  final Chains chains = new Chains();
  private final Tile tile;
  private final float[] least;
  private final double[] noise;
  private float[] squaredNorms = {};

  /** Of each row: a component whose largest logit is below weighs nothing. */
  private float[] threshold = {};

  private boolean[] refined = {};
  private int[] inTile = {};

  BlindRefinement(PriorTable prior, int levels, Tile tile) {
    this.prior = prior;
    this.levels = levels;
    this.tile = tile;
    dim = prior.dim();
    least = new float[levels];
    noise = new double[levels];
  }

  /** No row yet. */
  final void clear(Batch batch) {
    if (threshold.length < batch.tiles * LANES) {
      threshold = new float[batch.tiles * LANES];
      squaredNorms = new float[batch.tiles * LANES];
      refined = new boolean[batch.tiles * LANES];
      inTile = new int[batch.tiles];
    }
    Arrays.fill(refined, false);
    Arrays.fill(inTile, 0);
  }

  /** Finds the rows, of a batch that has seen the whole shard; false where there is none. */
  final boolean find(BlindTable table, Batch batch) {
    Floats.read(table.least(), 0, least, 0, levels);
    read(table.noise(), 0, noise, levels);
    boolean any = false;
    for (int t = 0; t < batch.tiles; t++) {
      for (int l = 0; l < batch.inTile(t); l++) {
        int at = t * LANES + l;
        refined[at] = isUnexplained(batch, t, l);
        inTile[t] += refined[at] ? 1 : 0;
      }
      if (inTile[t] > 0) {
        any = true;
        findThresholds(batch, t, table.steep());
      }
    }
    return any;
  }

  private boolean isUnexplained(Batch batch, int t, int lane) {
    boolean any = false;
    float top = batch.topFloat[t * LANES + lane];
    for (int s = 0; s < levels; s++) {
      if (batch.sum[batch.sumOf(t) + s * LANES + lane] > 0) {
        if (top < least[s]) {
          return true;
        }
        any = true;
      }
    }
    return !any; // every logit overflowed
  }

  /** Far more below the largest than rounding may do to either logit. */
  private void findThresholds(Batch batch, int t, float steep) {
    int first = t * LANES;
    Arrays.fill(squaredNorms, first, first + LANES, 0);
    tile.squares(batch.x, batch.xOf(t), dim, squaredNorms, first);
    for (int at = first; at < first + batch.inTile(t); at++) {
      float top = batch.topFloat[at];
      float size = -top;
      float root = (float) Math.sqrt(2 * size);
      float norm = (float) Math.sqrt(squaredNorms[at]);
      float rounding = Math.fma(0x1p-6f, size, -Formula.WEIGHT_FLOOR);
      threshold[at] = top - Math.fma(steep * norm, root, rounding);
    }
  }

  final boolean isRefined(int row) {
    return refined[row];
  }

  /** Rows of tile t. */
  final int count(int t) {
    return inTile[t];
  }

  final float threshold(int row) {
    return threshold[row];
  }

  final double noise(int s) {
    return noise[s];
  }

  /** Takes components {@code [first, first + count)}. */
  abstract void load(BlindTable table, int first, int count);

  static void read(MemorySegment column, long first, double[] to, int n) {
    MemorySegment.copy(column, ValueLayout.JAVA_DOUBLE, first * Double.BYTES, to, 0, n);
  }

  /** Moves the maximum of a row, and the factor of its state. */
  static void moveTop(Batch batch, int row, double top, float[] fade) {
    fade[row % LANES] = Formula.weight((float) (batch.top[row] - top));
    batch.top[row] = top;
  }

  /** Components N(m, c I): their squared distances, and logits of those. */
  static final class Isotropic extends BlindRefinement {
    private static final int BLOCK = Kind.ISOTROPIC.block();

    private final double[] constant;
    private final double[] variance = new double[BLOCK];
    private final double[] squared = new double[BLOCK * LANES];
    private final double[] best = new double[BLOCK];
    private int count;
    private int stride;
    private int constantStride;

    Isotropic(PriorTable prior, int levels, Tile tile) {
      super(prior, levels, tile);
      constant = new double[levels * BLOCK];
    }

    @Override
    void load(BlindTable table, int first, int count) {
      this.count = count;
      stride = table.stride();
      constantStride = table.biasStride() * levels;
      int n = constantStride == 0 ? levels : count * levels;
      read(table.constant(), (long) first * constantStride, constant, n);
      read(table.variance(), (long) first * stride, variance, stride == 0 ? 1 : count);
    }

    /** From the largest logits of the components, which become relative to the maximum. */
    void distances(Batch batch, int t, float[] means, float[] largest, float[] fade) {
      for (int l = 0; l < batch.inTile(t); l++) {
        if (isRefined(t * LANES + l)) {
          distances(batch, t, l, means, largest, fade);
        }
      }
    }

    private void distances(
        Batch batch, int t, int lane, float[] means, float[] largest, float[] fade) {
      int row = t * LANES + lane;
      double top = batch.top[row];
      for (int i = 0; i < count; i++) {
        int at = i * LANES + lane;
        best[i] = Double.NEGATIVE_INFINITY;
        squared[at] = -1;
        if (!(largest[at] < threshold(row))) {
          squared[at] = squaredDistance(batch.x, batch.xOf(t) + lane, means, i * dim);
          for (int s = 0; s < levels; s++) {
            double logit = logit(i, s, squared[at]);
            best[i] = logit > best[i] ? logit : best[i];
          }
          top = best[i] > top ? best[i] : top;
        }
      }
      for (int i = 0; i < count; i++) {
        largest[i * LANES + lane] = (float) (best[i] - top);
      }
      moveTop(batch, row, top, fade);
    }

    private double squaredDistance(float[] x, int at, float[] means, int mean) {
      chains.clear();
      for (int j = 0; j < dim; j++) {
        double t = (double) x[at + j * LANES] - means[mean + j];
        chains.add(j, t, t);
      }
      return chains.fold();
    }

    private double logit(int i, int s, double distance) {
      double half = 0.5 / (variance[i * stride] + noise(s));
      return Math.fma(-half, distance, constant[i * constantStride + s]);
    }

    /** The logits of component i less the maximum. */
    void logits(Batch batch, int t, int i, float[] logits) {
      for (int l = 0; l < batch.inTile(t); l++) {
        int row = t * LANES + l;
        double distance = squared[i * LANES + l];
        for (int s = 0; isRefined(row) && s < levels; s++) {
          logits[s * LANES + l] =
              distance < 0 ? WEIGHTLESS : (float) (logit(i, s, distance) - batch.top[row]);
        }
      }
    }
  }

  /** Components with eigenvalues of their own: logits at all levels of one. */
  static final class Spectral extends BlindRefinement {
    private final Kind kind;
    private final int rank;
    private final float[] rest;
    private final DirectProjection direct;
    private final double[] constant;
    private final double[] variance;
    private final double[] floor = new double[1];
    private final double[] logit;

    Spectral(PriorTable prior, int levels, Tile tile, float[] basis) {
      super(prior, levels, tile);
      kind = prior.kind();
      rank = kind == Kind.DIAGONAL ? dim : prior.rank();
      rest = new float[basis.length];
      direct = new DirectProjection(dim, rank, basis, rest);
      constant = new double[levels];
      variance = new double[rank];
      logit = new double[levels];
    }

    @Override
    void load(BlindTable table, int first, int count) {
      read(table.constant(), (long) first * levels, constant, levels);
      read(table.variance(), (long) first * rank, variance, rank);
      if (kind == Kind.LOW_RANK) {
        read(table.floor(), first, floor, 1);
      }
      if (kind != Kind.DIAGONAL) {
        Floats.read(prior.rest(), (long) first * dim * rank, rest, 0, rest.length);
      }
    }

    /** Logits less the maximum, in the place of those of float32. */
    void levels(Batch batch, int t, float[] mean, float[] logits, float[] fade) {
      for (int l = 0; l < batch.inTile(t); l++) {
        int row = t * LANES + l;
        if (isRefined(row)) {
          boolean weighs = mayWeigh(logits, l, threshold(row));
          double top = batch.top[row];
          if (weighs) {
            direct(batch.x, batch.xOf(t) + l, mean);
          }
          for (int s = 0; weighs && s < levels; s++) {
            top = logit[s] > top ? logit[s] : top;
          }
          for (int s = 0; s < levels; s++) {
            logits[s * LANES + l] = weighs ? (float) (logit[s] - top) : WEIGHTLESS;
          }
          moveTop(batch, row, top, fade);
        }
      }
    }

    private boolean mayWeigh(float[] logits, int lane, float threshold) {
      for (int s = 0; s < levels; s++) {
        if (!(logits[s * LANES + lane] < threshold)) {
          return true;
        }
      }
      return false;
    }

    private void direct(float[] x, int at, float[] mean) {
      for (int j = 0; j < dim; j++) {
        direct.difference[j] = (double) x[at + j * LANES] - mean[j];
      }
      if (kind != Kind.DIAGONAL) {
        direct.project();
      }
      double[] p = kind == Kind.DIAGONAL ? direct.difference : direct.projected;
      double beside = kind == Kind.LOW_RANK ? direct.squaredRest() : 0;
      for (int s = 0; s < levels; s++) {
        chains.clear();
        for (int e = 0; e < rank; e++) {
          chains.add(e, p[e] * p[e], 0.5 / (variance[e] + noise(s)));
        }
        double form = chains.fold();
        if (kind == Kind.LOW_RANK) {
          form = Math.fma(beside, 0.5 / (floor[0] + noise(s)), form);
        }
        logit[s] = constant[s] - form;
      }
    }
  }
}
