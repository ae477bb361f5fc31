package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.host.RowState;
import dev.tweedie.backend.host.ScoreKernels;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The score kernels: blocks of components, each copied once, over the tiles of a batch; the softmax
 * with a running maximum. Written once; the tile is scalar or vector.
 */
final class JavaScore implements ScoreKernels {
  /** What is compared as a whole: loops over lanes that end in one truth are no vector code. */
  private static final float[] ZEROS = new float[LANES];

  private static final float[] ONES = new float[LANES];

  static {
    Arrays.fill(ONES, 1);
  }

  private final PriorTable prior;
  private final Tile tile;
  private final int width;
  private final Batch batch;
  private final Components components;

  private final Refinement refinement;

  private final Choice choice;
  private final Merge merge;
  private final Finish finish;
  private final JavaDraw draw;

  private final float[] logits;
  private final float[] weights;
  private final float[] fade = new float[LANES];
  private final float[] blockSum = new float[LANES];
  private final float[] before = new float[LANES];
  private final float[] largest = new float[LANES];
  private final float[] uniform = new float[LANES];
  private final float[] wanted = new float[LANES];
  private final float[] reached = new float[LANES];
  private final boolean[] replaced = new boolean[LANES];

  /** Components of the block that weigh. */
  private final int[] picked;

  JavaScore(PriorTable prior, Tile tile, NoiseKernels noise) {
    this.prior = prior;
    this.tile = tile;
    width = prior.kind().width(prior.dim());
    batch = new Batch(prior, tile, width, 1);
    components = Components.of(prior, tile);
    refinement = Refinement.of(components);
    choice = new Choice(noise);
    merge = new Merge(width, 1);
    finish = new Finish(prior, prior.kind(), width);
    draw = new JavaDraw(prior, noise);
    logits = new float[prior.kind().block() * LANES];
    weights = new float[logits.length];
    picked = new int[prior.kind().block()];
  }

  private void start(LevelTable level, RowState rows) {
    batch.load(level, rows);
    components.start(level, batch);
    refinement.start(level, batch);
  }

  private void load(LevelTable level, int block, long last) {
    components.load(level, block, (int) Math.min(prior.kind().block(), last - block));
    refinement.load(level);
  }

  @Override
  public void accumulate(LevelTable level, long first, long last, RowState rows) {
    start(level, rows);
    batch.clear();
    boolean drawing = !rows.chosen().equals(MemorySegment.NULL);
    for (int block = (int) first; block < last; block += prior.kind().block()) {
      load(level, block, last);
      for (int t = 0; t < batch.tiles; t++) {
        weigh(t);
        addMass(t);
        if (drawing) {
          choose(t, block / prior.kind().block(), rows);
        }
        if (rows.summing()) {
          add(t);
        }
      }
    }
    for (int i = 0; i < rows.rows(); i++) {
      if (!refinement.isRefined(i)) {
        batch.top[i] = batch.topFloat[i];
      }
    }
    merge.add((int) (first / Kind.SHARD), rows, batch);
  }

  /** Weights of the block against the maximum that it moves, and their sums. */
  private void weigh(int t) {
    int n = components.count;
    int at = t * LANES;
    System.arraycopy(batch.topFloat, at, before, 0, LANES);
    System.arraycopy(before, 0, largest, 0, LANES);
    components.logits(batch, t, logits, largest);
    int refined = refinement.count(t);
    if (refined == batch.inTile(t)) {
      Arrays.fill(weights, 0, n * LANES, 0);
      Arrays.fill(blockSum, 0);
      Arrays.fill(fade, 1);
    } else {
      tile.weights(before, 1, largest, 0, fade, blockSum);
      System.arraycopy(largest, 0, batch.topFloat, at, LANES);
      tile.weights(logits, n, batch.topFloat, at, weights, blockSum);
    }
    if (refined > 0) {
      refinement.accumulate(batch, t, logits, weights, fade, blockSum);
    }
  }

  private void addMass(int t) {
    for (int l = 0; l < LANES; l++) {
      int row = t * LANES + l;
      batch.sum[row] = Math.fma(batch.sum[row], fade[l], blockSum[l]);
    }
  }

  /** Adds the block to the tile's sums. Weights of zero would change no bit of what is written. */
  private void add(int t) {
    if (!Arrays.equals(fade, ONES)) {
      tile.rescale(batch.acc, batch.accOf(t), width, fade);
    }
    if (weighs()) {
      components.addWeighted(batch, t, weights);
    }
  }

  /** Whether the block weighs anything for any lane. */
  private boolean weighs() {
    return !Arrays.equals(blockSum, ZEROS);
  }

  /** The block replaces what was chosen before with its share of the mass so far. */
  private void choose(int t, int block, RowState rows) {
    int n = batch.inTile(t);
    int at = t * LANES;
    if (!weighs()) {
      return;
    }
    choice.ofBlock(rows.noise(), block, rows.begin() + at, n, uniform);
    boolean any = false;
    for (int l = 0; l < n; l++) {
      wanted[l] = uniform[l] * batch.sum[at + l];
      replaced[l] = blockSum[l] > 0 && wanted[l] <= blockSum[l];
      any |= replaced[l];
    }
    if (!any) {
      return;
    }
    // the last one needs no look: the block's mass is the last of the same sums
    tile.reached(weights, components.count - 1, wanted, reached);
    for (int l = 0; l < n; l++) {
      if (replaced[l]) {
        batch.chosen[at + l] = components.first + (int) reached[l];
      }
    }
  }

  @Override
  public void merge(int shard, RowState into, RowState from) {
    merge.add(shard, into, from);
  }

  @Override
  public void finish(
      LevelTable level,
      RowState rows,
      MemorySegment evidence,
      MemorySegment mean,
      MemorySegment score) {
    if (rows.summing()) {
      finish.sums(level, rows, mean, score);
    }
    if (evidence.equals(MemorySegment.NULL)) {
      return;
    }
    if (level.stride() == 0) {
      start(level, rows);
      finish.sharedEvidence(level, rows, batch, refinement, evidence);
    } else {
      finish.evidence(level, rows, evidence);
    }
  }

  /** Weights of the block against the final maximum; those of lanes without a row are zero. */
  private void finalWeights(int t) {
    components.logits(batch, t, logits, largest);
    int refined = refinement.count(t);
    if (refined < LANES) {
      tile.weights(logits, components.count, batch.topFloat, t * LANES, weights, blockSum);
    }
    if (refined > 0) {
      refinement.weights(batch, t, logits, weights);
    }
  }

  @Override
  public void responsibilities(
      LevelTable level, long first, long last, RowState rows, MemorySegment out) {
    start(level, rows);
    batch.loadComplete(rows);
    float[] row = finish.buffer(prior.kind().block());
    for (int block = (int) first; block < last; block += prior.kind().block()) {
      load(level, block, last);
      for (int t = 0; t < batch.tiles; t++) {
        finalWeights(t);
        for (int l = 0; l < batch.inTile(t); l++) {
          int at = t * LANES + l;
          for (int k = 0; k < components.count; k++) {
            row[k] = weights[k * LANES + l] / batch.sum[at];
          }
          long to = (rows.begin() + at) * prior.components() + block;
          Floats.write(row, 0, out, to, components.count);
        }
      }
    }
  }

  @Override
  public void diagonal(LevelTable level, long first, long last, RowState rows) {
    addCovariance(level, first, last, rows, null);
  }

  @Override
  public void times(LevelTable level, long first, long last, RowState rows, MemorySegment v) {
    addCovariance(level, first, last, rows, v);
  }

  /** Of the covariance the diagonal, or, where there are vectors, its product with them. */
  private void addCovariance(
      LevelTable level, long first, long last, RowState rows, @Nullable MemorySegment vectors) {
    start(level, rows);
    batch.loadComplete(rows);
    batch.loadMeans(rows);
    if (vectors != null) {
      batch.loadVectors(rows, vectors);
    }
    batch.clearPart();
    for (int block = (int) first; block < last; block += prior.kind().block()) {
      load(level, block, last);
      components.loadSpread(level);
      for (int t = 0; t < batch.tiles; t++) {
        finalWeights(t);
        int n = tile.weighing(weights, components.count, picked);
        if (n > 0 && vectors == null) {
          components.addVariance(batch, t, weights, picked, n);
        } else if (n > 0) {
          components.addTimes(batch, t, weights, picked, n);
        }
      }
    }
    batch.addDiagonal(rows);
  }

  @Override
  public void draw(ReverseTable reverse, RowState rows, MemorySegment out) {
    draw.draw(reverse, rows, out);
  }
}
