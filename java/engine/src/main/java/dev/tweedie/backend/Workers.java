package dev.tweedie.backend;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The engine's threads. Work is a range cut into chunks that idle threads take in turn; results
 * never depend on the cut, because rows do not see each other. Allocates a constant amount a call.
 */
public final class Workers implements AutoCloseable {
  /** Work on {@code [begin, begin + count)}. */
  @FunctionalInterface
  public interface Chunk {
    void run(long begin, long count);
  }

  private final int threads;
  private final ExecutorService helpers;

  /** The caller of {@link #forEachChunk} is one of the {@code threads}. */
  public Workers(int threads) {
    this.threads = threads;
    this.helpers =
        threads == 1
            ? null
            : Executors.newFixedThreadPool(
                threads - 1, Thread.ofPlatform().daemon().name("tweedie-", 1).factory());
  }

  public int threads() {
    return threads;
  }

  /** Chunk size that gives every thread a few turns, a multiple of {@code unit}. */
  public long chunk(long rows, long unit, long largest) {
    long turns = rows / (4L * threads);
    return Math.clamp(turns / unit * unit, unit, Math.max(unit, largest / unit * unit));
  }

  /**
   * Runs {@code work} over {@code [0, n)} in chunks of {@code size}, and returns when all is done.
   */
  public void forEachChunk(long n, long size, Chunk work) {
    if (n <= size || threads == 1) {
      for (long begin = 0; begin < n; begin += size) {
        work.run(begin, Math.min(size, n - begin));
      }
      return;
    }
    AtomicLong next = new AtomicLong();
    Runnable drain =
        () -> {
          long begin;
          while ((begin = next.getAndAdd(size)) < n) {
            work.run(begin, Math.min(size, n - begin));
          }
        };
    Future<?>[] running = new Future<?>[(int) Math.min(threads - 1, (n - 1) / size)];
    for (int i = 0; i < running.length; i++) {
      running[i] = helpers.submit(drain);
    }
    Throwable failure = null;
    try {
      drain.run();
    } catch (RuntimeException | Error e) {
      failure = e;
      next.set(n);
    }
    for (Future<?> helper : running) {
      failure = join(helper, failure);
    }
    rethrow(failure);
  }

  /** Waits without giving up: memory that a helper still reads must not be freed under it. */
  private static Throwable join(Future<?> helper, Throwable failure) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          helper.get();
          return failure;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          return failure == null ? e.getCause() : failure;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void rethrow(Throwable failure) {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    if (helpers != null) {
      helpers.shutdown();
    }
  }
}
