package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.Kind;
import dev.tweedie.backend.table.PriorTable;
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
  private final float[] projectedMean;
  private final float[] halves;
  private final float[] minusOne = new float[LANES];

  /** The row in the eigenbasis, and the rest of it where the rank is low. */
  private final float[] projected;

  private final float[] residual;

  /** Squares of the projections, then gains. */
  private final float[] directions;

  private final float[] restSquares = new float[LANES];
  private final float[] logits;
  private final float[] weights;
  private final float[] mass = new float[LANES];
  private final float[] rest = new float[LANES];

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
    projectedMean = new float[rank];
    halves = new float[levels];
    Arrays.fill(halves, -0.5f);
    Arrays.fill(minusOne, -1);
    projected = new float[rank * LANES];
    residual = new float[kind == Kind.LOW_RANK ? dim * LANES : 0];
    directions = new float[rank * LANES];
    logits = new float[levels * LANES];
    weights = new float[levels * LANES];
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
      case FULL -> read(table.projected(), (long) first * rank, projectedMean, rank);
      default -> System.arraycopy(means, 0, projectedMean, 0, rank);
    }
  }

  @Override
  void gather(Batch batch, int t, boolean summing) {
    Arrays.fill(logits, 0);
    project(batch.x, batch.xOf(t));
    for (int i = 0; i < directions.length; i++) {
      directions[i] = projected[i] * projected[i];
    }
    tile.product(logits, 0, levels, inverse, 0, rank, 1, directions, 0, rank);
    startMaximum(batch, t);
    tile.logits(logits, levels, halves, bias, largest);
    boolean moved = moveMaximum(batch, t);
    tile.weights(logits, levels, largest, 0, weights, mass);
    for (int s = 0; s < levels; s++) {
      addMass(batch.sum, batch.sumOf(t) + s * LANES, weights, s * LANES);
    }
    if (!summing) {
      return;
    }
    if (moved) {
      tile.rescale(batch.acc, batch.accOf(t), dim, factor);
    }
    if (anyPositive(mass)) {
      accumulate(batch.acc, batch.accOf(t));
    }
  }

  /** Of a low rank also the residual, whose squared norm the distances start from. */
  private void project(float[] x, int xt) {
    switch (kind) {
      case LOW_RANK -> {
        System.arraycopy(x, xt, residual, 0, residual.length);
        tile.product(residual, 0, dim, means, 0, 1, 0, minusOne, 0, 1);
        Arrays.fill(projected, 0);
        tile.product(projected, 0, rank, basis, 0, 1, rank, residual, 0, dim);
        for (int i = 0; i < projected.length; i++) {
          directions[i] = -projected[i];
        }
        tile.product(residual, 0, dim, basis, 0, rank, 1, directions, 0, rank);
        Arrays.fill(restSquares, 0);
        tile.squares(residual, 0, dim, restSquares, 0);
        for (int s = 0; s < levels; s++) {
          for (int l = 0; l < LANES; l++) {
            logits[s * LANES + l] = restSquares[l] * shift[s];
          }
        }
      }
      case FULL -> {
        Arrays.fill(projected, 0);
        tile.product(projected, 0, rank, basis, 0, 1, rank, x, xt, dim);
        subtractMean(projected, 0);
      }
      default -> subtractMean(x, xt);
    }
  }

  private void subtractMean(float[] from, int at) {
    for (int e = 0; e < rank; e++) {
      for (int l = e * LANES; l < (e + 1) * LANES; l++) {
        projected[l] = from[at + l] - projectedMean[e];
      }
    }
  }

  private void accumulate(float[] acc, int at) {
    tile.product(acc, at, dim, means, 0, 1, 0, mass, 0, 1);
    if (kind == Kind.LOW_RANK) {
      Arrays.fill(rest, 0);
      tile.product(rest, 0, 1, pull, 0, 0, 1, weights, 0, levels);
      tile.add(acc, at, dim, rest, residual);
    }
    Arrays.fill(directions, 0);
    tile.product(directions, 0, rank, inverse, 0, 1, rank, weights, 0, levels);
    for (int e = 0; e < rank; e++) {
      for (int l = e * LANES; l < (e + 1) * LANES; l++) {
        directions[l] = directions[l] * value[e] * projected[l];
      }
    }
    if (kind == Kind.DIAGONAL) {
      for (int i = 0; i < directions.length; i++) {
        acc[at + i] += directions[i];
      }
    } else {
      tile.product(acc, at, dim, basis, 0, rank, 1, directions, 0, rank);
    }
  }
}
