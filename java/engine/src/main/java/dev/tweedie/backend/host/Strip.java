package dev.tweedie.backend.host;

import dev.tweedie.Samples;
import dev.tweedie.backend.host.TablePrior.Workspace;
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

  private final Accumulation<T, K> accumulation;
  private final Samples x;
  private final long begin;
  private final long count;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition passed = lock.newCondition();

  /** The shard whose turn it is. */
  private int turn;

  /** What the rows have seen before that; belongs to whose turn it is. */
  private @Nullable Workspace<K> seen;

  Strip(Accumulation<T, K> accumulation, Samples x, long begin, long count) {
    this.accumulation = accumulation;
    this.x = x;
    this.begin = begin;
    this.count = count;
  }

  /**
   * @param complete what is done behind the last shard
   */
  void take(int shard, Accumulation.Complete<K> complete) {
    int next = NEVER;
    try {
      if (turn() == shard) {
        if (shard == 0) {
          seen = accumulation.start(x, begin, count);
        }
        accumulation.accumulate(shard, seen());
      } else if (!takeAhead(shard)) {
        return;
      }
      if (shard == accumulation.prior().shards() - 1) {
        complete.accept(seen());
      }
      next = shard + 1;
    } finally {
      pass(next);
    }
  }

  /** Of a shard whose turn it is. */
  private Workspace<K> seen() {
    return Objects.requireNonNull(seen);
  }

  /** Whether the turn came. */
  private boolean takeAhead(int shard) {
    Workspace<K> ahead = accumulation.start(x, begin, count);
    try {
      accumulation.accumulate(shard, ahead);
      boolean came = await(shard);
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

  private boolean await(int shard) {
    lock.lock();
    try {
      while (turn != shard && turn != NEVER) {
        passed.awaitUninterruptibly();
      }
      return turn == shard;
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
  }
}
