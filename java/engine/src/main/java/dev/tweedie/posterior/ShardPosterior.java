package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.PartialState;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.java.Choice;
import dev.tweedie.backend.java.Formula;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;

/**
 * One shard's part of the posterior of a data set that no process holds as a whole. Each process
 * makes the {@link PartialState states} of its shards, who merges them in the order of the shards
 * {@linkplain #finish finishes} them, and the result has the bits of an {@link ExactPosterior} of
 * all points. On {@code cpu} and {@code java}. Trace and diagonal of the covariance take a second
 * pass over the shards with the {@linkplain #spread merged states}; a draw's states {@linkplain
 * #choose choose} a point each.
 *
 * <pre>{@code
 * DataSetSummary whole = ...;                            // two passes over all shards
 * try (ShardPosterior part = ShardPosterior.of(engine, points.shardOf(whole))) {
 *   PartialState state = part.accumulate(x, level, true); // to be merged behind earlier shards'
 * }
 * }</pre>
 */
public final class ShardPosterior implements AutoCloseable {
  private final Engine engine;
  private final PreparedPrior shard;

  private ShardPosterior(Engine engine, PreparedPrior shard) {
    this.engine = engine;
    this.shard = shard;
  }

  /**
   * Prepares a shard.
   *
   * @param shard made by {@link DataSet#shardOf}
   */
  public static ShardPosterior of(Engine engine, DataSet shard) {
    return new ShardPosterior(engine, engine.compute(() -> engine.backend().prepare(shard)));
  }

  /** Whose samples it takes. */
  public Engine engine() {
    return engine;
  }

  /**
   * The states of rows over this shard alone.
   *
   * @param x {@code B x d}, finite
   * @param summing whether weighted sums are wanted: the evidence alone needs none
   * @throws dev.tweedie.InvalidInputException on a back end without shards
   */
  public PartialState accumulate(Samples x, Level level, boolean summing) {
    return engine.compute(() -> engine.backend().accumulate(shard, level, x, summing));
  }

  /**
   * Whether a state of that top adds anything but exactly zero to one whose top is {@code before}:
   * not where its weights lie under e^-40 of the largest.
   */
  public static boolean adds(double top, double before) {
    return Formula.weight((float) (top - Math.max(top, before))) > 0;
  }

  /**
   * The states of a draw over this shard alone, what is chosen counted from the first point of all.
   *
   * @param number of this shard among all
   * @param at noise of the rows; its block must be 0
   */
  public PartialState choose(Samples x, Level level, int number, NoiseAddress at) {
    int block = number * (Kind.SHARD / Kind.ISOTROPIC.block());
    NoiseAddress here = new NoiseAddress(at.seed(), at.stream(), at.step(), at.row(), block);
    PartialState state = engine.compute(() -> engine.backend().choose(shard, level, x, here));
    for (int i = 0; i < state.rows(); i++) {
      if (state.chosen()[i] >= 0) {
        state.chosen()[i] += (long) number * Kind.SHARD;
      }
    }
    return state;
  }

  /**
   * Adds the state of a later shard, row by row.
   *
   * @param into of all earlier shards, changed
   * @param later of as many rows and sums
   */
  public static void merge(PartialState into, PartialState later) {
    merge(into, later, (_, _, _) -> {});
  }

  /**
   * Adds the state of a later shard of a draw, row by row: it replaces what was chosen before with
   * its share of the mass so far.
   *
   * @param into of all earlier shards, changed
   * @param number of the later shard
   * @param at noise of the rows
   */
  public static void merge(PartialState into, PartialState later, int number, NoiseAddress at) {
    int[] words = new int[4];
    merge(
        into,
        later,
        (row, mass, sum) -> {
          if (mass > 0 && Choice.ofShard(at, number, row, words) * sum <= mass) {
            into.chosen()[row] = later.chosen()[row];
          }
        });
  }

  /** What else is done with a row whose later shard brought {@code mass} of its {@code sum}. */
  private interface Merged {
    void row(int row, float mass, float sum);
  }

  private static void merge(PartialState into, PartialState later, Merged merged) {
    int width = into.width();
    double[] top = into.top();
    for (int i = 0; i < top.length; i++) {
      double larger = Math.max(later.top()[i], top[i]);
      float keep = Formula.weight((float) (top[i] - larger));
      float take = Formula.weight((float) (later.top()[i] - larger));
      float mass = later.sum()[i] * take;
      top[i] = larger;
      into.sum()[i] = Math.fma(into.sum()[i], keep, mass);
      for (int j = i * width; j < (i + 1) * width; j++) {
        into.acc()[j] = Math.fma(into.acc()[j], keep, later.acc()[j] * take);
      }
      merged.row(i, mass, into.sum()[i]);
    }
  }

  /**
   * Writes outputs of rows whose states are merged over all shards; any shard may do it.
   *
   * @param x the same rows
   * @param out evidence; mean and score, of states with sums; responsibilities, of this shard's
   *     points
   */
  public void finish(PartialState state, Samples x, Level level, Outputs out) {
    engine.run(() -> engine.backend().finish(shard, level, x, state, out));
  }

  /**
   * This shard's part of the posterior covariance's diagonal.
   *
   * @param state of the rows, merged over all shards, with sums
   * @return {@code B x d}, to be {@linkplain #addSpread added} in the order of the shards
   */
  public float[] spread(PartialState state, Samples x, Level level) {
    return engine.compute(() -> engine.backend().spread(shard, level, x, state));
  }

  /**
   * Adds a row's part of a later shard. A part that is all zero, as where the shard has no weight,
   * changes nothing.
   *
   * @param part d numbers
   * @param sum of the row's state, merged over all shards
   * @param diagonal d numbers, those of earlier shards; changed
   */
  public static void addSpread(float[] part, float sum, float[] diagonal) {
    float inverse = 1 / sum;
    for (int j = 0; j < diagonal.length; j++) {
      diagonal[j] = Math.fma(part[j], inverse, diagonal[j]);
    }
  }

  /** The trace of a covariance with that diagonal: its sum in index order. */
  public static float trace(float[] diagonal) {
    float sum = 0;
    for (float variance : diagonal) {
      sum += variance;
    }
    return sum;
  }

  /**
   * Draws for rows that have chosen their points, of which this is prepared: a {@linkplain
   * DataSet#shardOf shard} of what was chosen alone.
   *
   * @param chosen B: numbers among these points
   * @param at noise of the rows, the same
   * @param out {@code B x d}, apart from x
   */
  public void draw(Samples x, Level from, Level to, long[] chosen, NoiseAddress at, Samples out) {
    engine.run(() -> engine.backend().drawFrom(shard, from, to, x, chosen, at, out));
  }

  @Override
  public void close() {
    shard.close();
  }
}
