package dev.tweedie.backend.host;

import dev.tweedie.Samples;
import dev.tweedie.backend.host.TablePrior.Workspace;
import dev.tweedie.threads.Workers;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a batch whose shards any thread may take. Their softmax sees the shards in order all the
 * same: one whose turn has come is accumulated into the rows' state, one that is ahead of its turn
 * into a state of its own, to be merged when the turn comes. Shards must be begun in order; then
 * nobody waits for one that is not begun.
 */
final class Strip<T, K extends SoftmaxKernels<T>> implements AutoCloseable {
  /** Of a strip that failed: nobody's turn comes any more. */
  private static final int NEVER = -1;

  /** Shards that a thread surveys at a time: less than a millisecond. */
  private static final int SURVEYED = 16;

  private final Accumulation<T, K> accumulation;
  private final Samples x;
  private final long begin;
  private final long count;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition passed = lock.newCondition();

  /** What the rows need, or null: all shards. */
  private @Nullable Reach reach;

  /** Of the needed shards, the one whose turn it is. */
  private int turn;

  /** What the rows have seen before that; belongs to whose turn it is. */
  private @Nullable Workspace<K> seen;

  Strip(Accumulation<T, K> accumulation, Samples x, long begin, long count) {
    this.accumulation = accumulation;
    this.x = x;
    this.begin = begin;
    this.count = count;
  }

  /** Finds out which shards the rows need, where kernels can, and how many these are. */
  int look(Workers workers) {
    int shards = accumulation.prior().shards();
    Workspace<K> space = accumulation.start(x, begin, count);
    try {
      Reach found = accumulation.reach(space);
      reach = found;
      if (found == null) {
        return shards;
      }
      found.forget();
      workers.forEachChunk(shards, SURVEYED, (first, n) -> survey(first, first + n, found));
      int[] unsure = found.unsure(count);
      workers.forEachChunk(
          unsure.length, 1, (i, _) -> survey(unsure[(int) i], unsure[(int) i] + 1L, found));
      accumulation.plan(space, found);
      return found.shards().length;
    } finally {
      accumulation.workspaces().giveBack(space);
    }
  }

  private void survey(long first, long end, Reach to) {
    Workspace<K> space = accumulation.start(x, begin, count);
    try {
      accumulation.survey(first, end, space, to);
    } finally {
      accumulation.workspaces().giveBack(space);
    }
  }

  /** Rows that have seen nothing yet, and leave out what they do not need. */
  private Workspace<K> start() {
    Workspace<K> space = accumulation.start(x, begin, count);
    space.state().leaveOut(reach);
    return space;
  }

  /**
   * @param place among the shards that the rows need; behind the last one there is nothing to do
   * @param complete what is done behind the last shard
   */
  void take(int place, Accumulation.Complete<K> complete) {
    int places = reach == null ? accumulation.prior().shards() : reach.shards().length;
    if (place >= places) {
      return;
    }
    int shard = reach == null ? place : reach.shards()[place];
    int next = NEVER;
    try {
      if (turn() == place) {
        if (place == 0) {
          seen = start();
        }
        accumulation.accumulate(shard, seen());
      } else if (!takeAhead(place, shard)) {
        return;
      }
      if (place == places - 1) {
        complete.accept(seen());
      }
      next = place + 1;
    } finally {
      pass(next);
    }
  }

  /** Of a shard whose turn it is. */
  private Workspace<K> seen() {
    return Objects.requireNonNull(seen);
  }

  /** Whether the turn came. */
  private boolean takeAhead(int place, int shard) {
    Workspace<K> ahead = start();
    try {
      accumulation.accumulate(shard, ahead);
      boolean came = await(place);
      if (came) {
        seen().kernels().merge(shard, seen().state(), ahead.state());
      }
      return came;
    } finally {
      accumulation.workspaces().giveBack(ahead);
    }
  }

  private int turn() {
    lock.lock();
    try {
      return turn;
    } finally {
      lock.unlock();
    }
  }

  private boolean await(int place) {
    lock.lock();
    try {
      while (turn != place && turn != NEVER) {
        passed.awaitUninterruptibly();
      }
      return turn == place;
    } finally {
      lock.unlock();
    }
  }

  private void pass(int next) {
    lock.lock();
    try {
      turn = turn == NEVER ? NEVER : next;
      passed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nobody may be at work on it. */
  @Override
  public void close() {
    if (seen != null) {
      accumulation.workspaces().giveBack(seen);
    }
    if (reach != null) {
      accumulation.prior().reaches.giveBack(reach);
    }
  }
}
