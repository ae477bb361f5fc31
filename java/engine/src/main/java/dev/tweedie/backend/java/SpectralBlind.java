package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Components with eigenvalues of their own (diagonal, low rank, full). In their eigenbasis only
 * {@code 1 / P} depends on the level, so the logits of all levels are one product of its table with
 * the squared projections, and the gains one product of the weights with it. Blocks hold one.
 */
final class SpectralBlind extends BlindComponents {
  private final Kind kind;
  private final int rank;
  private final float[] basis;
  private final float[] bias;
  private final float[] shift;
  private final float[] pull;
  private final float[] inverse;
  private final float[] value;
  private final float[] negatedMean;
  private final float[] ones;
  private final float[] halves;
  private final float[] minusOne = new float[LANES];

  /** The row in the eigenbasis, and the rest of it where the rank is low. */
  private final float[] projected;

  private final float[] residual;

  /** Squares of the projections, then gains. */
  private final float[] directions;

  private final float[] restSquares = new float[LANES];

  /** Of every level. */
  private final float[] zeros;

  private final int[] picked;
  private final float[] logits;
  private final float[] chain;
  private final float[] weights;
  private final float[] mass = new float[LANES];
  private final float[] rest = new float[LANES];
  private final BlindRefinement.Spectral refinement;

  SpectralBlind(PriorTable prior, int levels, Tile tile) {
    super(prior, levels, tile);
    kind = prior.kind();
    rank = kind == Kind.DIAGONAL ? dim : prior.rank();
    basis = new float[kind == Kind.DIAGONAL ? 0 : dim * rank];
    bias = new float[levels];
    shift = new float[levels];
    pull = new float[levels];
    inverse = new float[levels * rank];
    value = new float[rank];
    negatedMean = new float[rank];
    ones = new float[rank];
    Arrays.fill(ones, 1);
    halves = new float[levels];
    Arrays.fill(halves, -0.5f);
    Arrays.fill(minusOne, -1);
    projected = new float[rank * LANES];
    residual = new float[kind == Kind.LOW_RANK ? dim * LANES : 0];
    directions = new float[rank * LANES];
    zeros = new float[levels];
    picked = new int[levels];
    logits = new float[levels * LANES];
    chain = new float[levels * LANES];
    weights = new float[levels * LANES];
    refinement = new BlindRefinement.Spectral(prior, levels, tile, basis);
  }

  @Override
  BlindRefinement refinement() {
    return refinement;
  }

  @Override
  void load(BlindTable table, int first, int count) {
    long row = (long) first * levels;
    read(prior.means(), (long) first * dim, means, dim);
    if (kind != Kind.DIAGONAL) {
      read(prior.basis(), (long) first * dim * rank, basis, basis.length);
    }
    read(table.bias(), row, bias, levels);
    read(table.inverse(), row * rank, inverse, levels * rank);
    read(table.value(), (long) first * rank, value, rank);
    switch (kind) {
      case LOW_RANK -> {
        read(table.shift(), row, shift, levels);
        read(table.pull(), row, pull, levels);
      }
      case FULL -> readNegated(table.projected(), first);
      default -> readNegated(prior.means(), first);
    }
  }

  private void readNegated(MemorySegment column, int component) {
    read(column, (long) component * rank, negatedMean, rank);
    for (int e = 0; e < rank; e++) {
      negatedMean[e] = -negatedMean[e];
    }
  }

  @Override
  void accumulate(Batch batch, int t, boolean summing) {
    project(batch.x, batch.xOf(t));
    tile.multiply(projected, rank, projected, directions);
    addDistances();
    startMaximum(batch, t);
    tile.logits(logits, levels, halves, bias, largest);
    boolean moved = moveMaximum(batch, t);
    if (refinement.count(t) > 0) {
      refinement.levels(batch, t, means, logits, fade);
      moved = takeRefined(batch, t);
    }
    tile.weights(logits, levels, largest, 0, weights, mass);
    tile.rescaleAndAdd(batch.sum, batch.sumOf(t), levels, fade, weights);
    if (!summing) {
      return;
    }
    if (moved) {
      tile.rescale(batch.acc, batch.accOf(t), dim, fade);
    }
    int n = tile.weighing(weights, levels, picked);
    if (n > 0) {
      addWeighted(batch.acc, batch.accOf(t), picked[0], picked[n - 1] + 1);
    }
  }

  /** To what the logits hold. */
  private void addDistances() {
    for (int e = 0; e < rank; e += CHAIN) {
      int n = Math.min(rank - e, CHAIN);
      tile.freshProduct(chain, 0, levels, inverse, e, rank, 1, directions, e * LANES, n);
      tile.add(logits, 0, levels, chain);
    }
  }

  private void squareResidual() {
    Arrays.fill(restSquares, 0);
    for (int j = 0; j < dim; j += CHAIN) {
      Arrays.fill(chain, 0, LANES, 0);
      tile.squares(residual, j * LANES, Math.min(dim - j, CHAIN), chain, 0);
      tile.add(restSquares, 0, 1, chain);
    }
  }

  /**
   * Of a low rank also the residual, whose squared norm the distances start from: in the logits.
   */
  private void project(float[] x, int xt) {
    switch (kind) {
      case LOW_RANK -> {
        System.arraycopy(x, xt, residual, 0, residual.length);
        tile.product(residual, 0, dim, means, 0, 1, 0, minusOne, 0, 1);
        tile.freshProduct(projected, 0, rank, basis, 0, 1, rank, residual, 0, dim);
        for (int i = 0; i < projected.length; i++) {
          directions[i] = -projected[i];
        }
        tile.product(residual, 0, dim, basis, 0, rank, 1, directions, 0, rank);
        squareResidual();
        tile.logitsOfLevels(restSquares, 0, levels, shift, 0, zeros, 0, logits);
      }
      case FULL -> {
        Arrays.fill(logits, 0);
        tile.freshProduct(projected, 0, rank, basis, 0, 1, rank, x, xt, dim);
        tile.affine(projected, 0, rank, ones, 0, negatedMean, 0, projected);
      }
      default -> {
        Arrays.fill(logits, 0);
        tile.affine(x, xt, rank, ones, 0, negatedMean, 0, projected);
      }
    }
  }

  /**
   * Levels outside of {@code [from, to)} weigh nothing, most of the grid: their zeros would change
   * no sum.
   */
  private void addWeighted(float[] acc, int at, int from, int to) {
    tile.product(acc, at, dim, means, 0, 1, 0, mass, 0, 1);
    if (kind == Kind.LOW_RANK) {
      tile.freshProduct(rest, 0, 1, pull, from, 0, 1, weights, from * LANES, to - from);
      tile.add(acc, at, dim, rest, residual);
    }
    tile.freshProduct(
        directions, 0, rank, inverse, from * rank, 1, rank, weights, from * LANES, to - from);
    tile.multiply(directions, 0, rank, value, 0, directions);
    tile.multiply(directions, rank, projected, directions);
    if (kind == Kind.DIAGONAL) {
      tile.add(acc, at, rank, directions);
    } else {
      tile.product(acc, at, dim, basis, 0, rank, 1, directions, 0, rank);
    }
  }
}
