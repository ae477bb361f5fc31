package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.PartialState;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.java.Formula;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;

/**
 * One shard's part of the posterior of a data set that no process holds as a whole. Each process
 * makes the {@link PartialState states} of its shards, who merges them in the order of the shards
 * {@linkplain #finish finishes} them, and the result has the bits of an {@link ExactPosterior} of
 * all points. On {@code cpu} and {@code java}; evidence, mean and score.
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
   * Adds the state of a later shard, row by row.
   *
   * @param into of all earlier shards, changed
   * @param later of as many rows and sums
   */
  public static void merge(PartialState into, PartialState later) {
    int width = into.width();
    double[] top = into.top();
    for (int i = 0; i < top.length; i++) {
      double larger = Math.max(later.top()[i], top[i]);
      float keep = Formula.weight((float) (top[i] - larger));
      float take = Formula.weight((float) (later.top()[i] - larger));
      top[i] = larger;
      into.sum()[i] = Math.fma(into.sum()[i], keep, later.sum()[i] * take);
      for (int j = i * width; j < (i + 1) * width; j++) {
        into.acc()[j] = Math.fma(into.acc()[j], keep, later.acc()[j] * take);
      }
    }
  }

  /**
   * Writes the outputs of rows whose states are merged over all shards; any shard may do it.
   *
   * @param x the same rows
   * @param out evidence, mean and score; the latter two of states with sums
   */
  public void finish(PartialState state, Samples x, Level level, Outputs out) {
    engine.run(() -> engine.backend().finish(shard, level, x, state, out));
  }

  @Override
  public void close() {
    shard.close();
  }
}
