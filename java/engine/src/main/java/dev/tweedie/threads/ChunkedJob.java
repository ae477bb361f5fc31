package dev.tweedie.threads;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One range that threads take chunks of until none is left. */
final class ChunkedJob {
  private final long n;
  private final long size;
  private final Workers.Chunk work;
  private final Thread caller = Thread.currentThread();
  private final AtomicLong next = new AtomicLong();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile @Nullable Thread waiting;

  ChunkedJob(long n, long size, Workers.Chunk work) {
    this.n = n;
    this.size = size;
    this.work = work;
  }

  /** Takes chunks until none is left. */
  void help() {
    // before the first chunk is taken: who sees that none is left sees whoever works on one
    active.getAndIncrement();
    try {
      long begin;
      while ((begin = next.getAndAdd(size)) < n) {
        Workers.requireNotInterrupted(caller);
        work.run(begin, Math.min(size, n - begin));
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
      next.set(n);
    } finally {
      if (active.decrementAndGet() == 0) {
        LockSupport.unpark(waiting); // nothing where null
      }
    }
  }

  /**
   * Waits for all who work on a chunk, also where interrupted: memory that a helper still reads
   * must not be freed under it. Throws what a chunk threw.
   */
  void await(long spinNanos) {
    long since = System.nanoTime();
    boolean interrupted = false;
    waiting = Thread.currentThread();
    while (active.get() > 0) {
      if (System.nanoTime() - since < spinNanos) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    switch (failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }
}
