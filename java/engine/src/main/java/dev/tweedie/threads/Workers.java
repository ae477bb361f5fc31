package dev.tweedie.threads;

import dev.tweedie.InvalidInputException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The engine's threads. Work is a range cut into chunks that idle threads take in turn; results
 * never depend on the cut, because rows do not see each other.
 *
 * <p>One call at a time has the helpers; a second one, from another thread or from within a chunk,
 * runs on its caller alone. A call waits for the helpers that took a chunk, not for one that still
 * wakes up: that takes longer than a small kernel. A helper that ran out of work therefore looks
 * for more for a moment before it sleeps, as long as a sampler takes between two kernels.
 */
public final class Workers implements AutoCloseable {
  /** Work on {@code [begin, begin + count)}. */
  @FunctionalInterface
  public interface Chunk {
    void run(long begin, long count);
  }

  /** How long a helper looks for work before it sleeps: about what waking it up would cost. */
  private static final long SPIN_NANOS = 50_000;

  private final int threads;
  private final Helper[] helpers;
  private final AtomicBoolean taken = new AtomicBoolean();

  /** What the helpers do now, or null. */
  private volatile @Nullable ChunkedJob job;

  private volatile boolean closed;

  /** The caller of {@link #forEachChunk} is one of the {@code threads}. */
  public Workers(int threads) {
    this.threads = threads;
    this.helpers = new Helper[threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper("tweedie-" + (i + 1));
      try {
        helpers[i].start();
      } catch (OutOfMemoryError e) { // the system's limit of threads, which Java calls memory
        close();
        throw new InvalidInputException(
            "threads: found %d, allowed: as many as the system starts, here %d"
                .formatted(threads, i + 1),
            e);
      }
    }
  }

  /**
   * Threads of an engine.
   *
   * @throws InvalidInputException where there are none, or more than the system lets a process have
   */
  public static Workers of(int threads) {
    if (threads < 1) {
      throw new InvalidInputException("threads: found " + threads + ", allowed: at least 1");
    }
    return new Workers(threads);
  }

  /**
   * Returns where the calling thread was not interrupted; the interrupt stays to be seen.
   *
   * @throws CancellationException where it was
   */
  public static void requireNotInterrupted() {
    requireNotInterrupted(Thread.currentThread());
  }

  static void requireNotInterrupted(Thread caller) {
    if (caller.isInterrupted()) {
      throw new CancellationException(
          "interrupted: the thread '" + caller.getName() + "' was, so its work ended early");
    }
  }

  public int threads() {
    return threads;
  }

  /** {@link #forEachChunk(long, long, Chunk)} in chunks as large as {@code grain} says. */
  public void forEachChunk(long n, Grain grain, Chunk work) {
    forEachChunk(n, grain.chunk(n, threads), work);
  }

  /**
   * Runs {@code work} over {@code [0, n)} in chunks of {@code size}, and returns when all is done.
   * What a chunk throws is thrown, and chunks not begun by then are left out; so they are where the
   * caller is interrupted.
   *
   * @throws CancellationException where it is
   */
  public void forEachChunk(long n, long size, Chunk work) {
    if (n <= size || threads == 1 || closed || !taken.compareAndSet(false, true)) {
      for (long begin = 0; begin < n; begin += size) {
        requireNotInterrupted();
        work.run(begin, Math.min(size, n - begin));
      }
      return;
    }
    try {
      ChunkedJob now = new ChunkedJob(n, size, work);
      job = now;
      int wanted = (int) Math.min(helpers.length, (n - 1) / size);
      for (int i = 0; i < wanted; i++) {
        helpers[i].wake();
      }
      now.help();
      now.await(SPIN_NANOS);
    } finally {
      job = null;
      taken.set(false);
    }
  }

  private final class Helper extends Thread {
    private volatile boolean sleeping;

    Helper(String name) {
      super(name);
      setDaemon(true);
    }

    /** The helper says that it sleeps before it looks for the last time: no wake-up is lost. */
    void wake() {
      if (sleeping) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      ChunkedJob last = null;
      long idleSince = System.nanoTime();
      while (!closed) {
        ChunkedJob now = job;
        if (now != null && now != last) {
          now.help();
          last = now;
          idleSince = System.nanoTime();
        } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
          Thread.onSpinWait();
        } else {
          last = null; // what it refers to may be large
          sleepUntilWork();
          idleSince = System.nanoTime();
        }
      }
    }

    private void sleepUntilWork() {
      sleeping = true;
      while (job == null && !closed) {
        LockSupport.park(Workers.this);
      }
      sleeping = false;
    }
  }

  /** A call that runs ends as if this were not closed; later ones run on their callers alone. */
  @Override
  public void close() {
    closed = true;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper); // nothing where null
    }
  }
}
