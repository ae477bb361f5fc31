package dev.tweedie.backend.table;

import static dev.tweedie.backend.table.TableBackend.TILE;

import dev.tweedie.Samples;
import dev.tweedie.backend.Grain;
import dev.tweedie.backend.HostBackend;
import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.backend.Workers;
import dev.tweedie.backend.table.TablePrior.Workspace;

/**
 * One softmax over the components of a prior, for all rows of a batch: the order in which rows and
 * shards are taken.
 *
 * @param table of the level, or of a grid of levels
 * @param noise of a draw, or null
 * @param summing whether weighted sums are wanted
 */
record Gathering<T, K extends SoftmaxKernels<T>>(
    TablePrior prior,
    Pool<Workspace<K>> workspaces,
    long largestChunk,
    T table,
    NoiseAddress noise,
    boolean summing) {
  /** Every chunk reads the whole prior: with so many rows arithmetic takes longer. */
  private static final long EFFICIENT_ROWS = 128;

  /** What is done with rows whose state is complete. */
  interface Complete<K> {
    void accept(Workspace<K> space);
  }

  void forEachChunk(Samples x, Workers workers, Complete<K> complete) {
    if (x.rows() <= TILE && prior.shards() > 1 && workers.threads() > 1) {
      shardByShard(x, workers, complete);
      return;
    }
    workers.forEachChunk(
        x.rows(),
        Grain.ofFlops(TILE, prior.flopsOfRow(), EFFICIENT_ROWS, largestChunk),
        (begin, count) -> {
          HostBackend.requireFinite(x, begin, count);
          Workspace<K> space = workspaces.borrow();
          try {
            start(space, x, begin, count);
            for (int shard = 0; shard < prior.shards(); shard++) {
              gather(shard, space);
            }
            complete.accept(space);
          } finally {
            workspaces.giveBack(space);
          }
        });
  }

  /** Few rows and many points: the threads take shards, whose states then merge in order. */
  private void shardByShard(Samples x, Workers workers, Complete<K> complete) {
    HostBackend.requireFinite(x, 0, x.rows());
    Workspace<K> total = workspaces.borrow();
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic record
    Workspace<K>[] wave = new Workspace[2 * workers.threads()];
    for (int i = 0; i < wave.length; i++) {
      wave[i] = workspaces.borrow();
    }
    try {
      start(total, x, 0, x.rows());
      for (int first = 0; first < prior.shards(); first += wave.length) {
        int base = first;
        int count = Math.min(wave.length, prior.shards() - first);
        workers.forEachChunk(
            count,
            1,
            (i, _) -> {
              Workspace<K> space = wave[(int) i];
              start(space, x, 0, x.rows());
              gather(base + (int) i, space);
            });
        for (int i = 0; i < count; i++) {
          total.kernels().merge(base + i, total.state(), wave[i].state());
        }
      }
      complete.accept(total);
    } finally {
      workspaces.giveBack(total);
      for (Workspace<K> space : wave) {
        workspaces.giveBack(space);
      }
    }
  }

  private void start(Workspace<K> space, Samples x, long begin, long count) {
    space.state().start(x.segment(), begin, count, noise, summing);
  }

  private void gather(int shard, Workspace<K> space) {
    space.kernels().gather(table, prior.first(shard), prior.last(shard), space.state());
  }
}
