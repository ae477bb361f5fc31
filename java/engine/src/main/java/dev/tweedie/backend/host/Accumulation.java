package dev.tweedie.backend.host;

import static dev.tweedie.backend.host.TableBackend.TILE;

import dev.tweedie.OutOfNativeMemoryException;
import dev.tweedie.Samples;
import dev.tweedie.backend.host.TablePrior.Workspace;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.threads.Grain;
import dev.tweedie.threads.Workers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One softmax over the components of a prior, for all rows of a batch: the order in which rows and
 * shards are taken.
 *
 * @param table of the level, or of a grid of levels
 * @param noise of a draw, or null
 * @param summing whether weighted sums are wanted
 */
record Accumulation<T, K extends SoftmaxKernels<T>>(
    TablePrior prior,
    Pool<Workspace<K>> workspaces,
    long largestChunk,
    T table,
    @Nullable NoiseAddress noise,
    boolean summing) {
  /**
   * Every chunk reads the whole prior: with so many rows arithmetic takes longer. Chunks of 128 are
   * no faster at B = 256 for any kind of prior.
   */
  private static final long EFFICIENT_ROWS = 64;

  /** What is done with rows whose state is complete. */
  interface Complete<K> {
    void accept(Workspace<K> space);
  }

  void forEachChunk(Samples x, Workers workers, Complete<K> complete) {
    Grain grain = Grain.ofFlops(TILE, prior.flopsOfRow(), EFFICIENT_ROWS, largestChunk);
    if (prior.shards() > 1 && !grain.suffices(x.rows(), workers.threads())) {
      shardByShard(x, grain, workers, complete);
      return;
    }
    workers.forEachChunk(
        x.rows(),
        grain,
        (begin, count) -> {
          Workspace<K> space = start(x, begin, count);
          Reach reach = reach(space);
          try {
            if (reach != null) {
              reach.forget();
              survey(0, prior.shards(), space, reach);
              for (int shard : reach.unsure(count)) {
                survey(shard, shard + 1, space, reach);
              }
              plan(space, reach);
            }
            for (int shard = 0; shard < prior.shards(); shard++) {
              if (space.state().wants(shard)) {
                accumulate(shard, space);
              }
            }
            complete.accept(space);
          } finally {
            workspaces.giveBack(space);
            if (reach != null) {
              prior.reaches.giveBack(reach);
            }
          }
        });
  }

  /**
   * For a survey, or null where kernels make none or memory has no room: results do not need it.
   */
  @Nullable Reach reach(Workspace<K> space) {
    if (prior.shards() == 1 || !space.kernels().surveys(table)) {
      return null;
    }
    try {
      return prior.reaches.borrow();
    } catch (OutOfNativeMemoryException e) {
      return null;
    }
  }

  void survey(long begin, long end, Workspace<K> space, Reach to) {
    for (int shard = (int) begin; shard < end; shard++) {
      space.kernels().survey(table, prior.first(shard), prior.last(shard), space.state(), to);
    }
  }

  /** Of shards that have all been surveyed, those that the rows need; the others are counted. */
  void plan(Workspace<K> space, Reach reach) {
    long rows = space.state().rows();
    reach.plan(rows);
    space.state().leaveOut(reach);
    for (int shard = 0; shard < prior.shards(); shard++) {
      if (!reach.wants(shard)) {
        space.kernels().leaveOut(rows * (prior.last(shard) - prior.first(shard)));
      }
    }
  }

  /** Few rows and many points: the threads take shards of them. */
  private void shardByShard(Samples x, Grain grain, Workers workers, Complete<K> complete) {
    long size = grain.chunk(x.rows(), workers.threads(), prior.shards());
    int count = (int) ((x.rows() + size - 1) / size);
    List<Strip<T, K>> strips = new ArrayList<>(count);
    for (long begin = 0; begin < x.rows(); begin += size) {
      strips.add(new Strip<>(this, x, begin, Math.min(size, x.rows() - begin)));
    }
    try {
      int most = 0;
      for (Strip<T, K> strip : strips) {
        most = Math.max(most, strip.look(workers));
      }
      workers.forEachChunk(
          (long) count * most,
          1,
          (i, _) -> strips.get((int) (i % count)).take((int) (i / count), complete));
    } finally {
      strips.forEach(Strip::close);
    }
  }

  /** Rows that have seen nothing yet. */
  Workspace<K> start(Samples x, long begin, long count) {
    HostBackend.requireFinite(x, begin, count);
    Workspace<K> space = workspaces.borrow();
    space.state().start(x.address(), begin, count, noise, summing);
    return space;
  }

  void accumulate(int shard, Workspace<K> space) {
    space.kernels().accumulate(table, prior.first(shard), prior.last(shard), space.state());
  }
}
