package dev.tweedie;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * A backend, its threads and its memory. Several engines with different backends and tiers live
 * side by side; everything made by one is valid until it closes, and closing waits for work in
 * progress.
 *
 * <pre>{@code
 * try (Engine engine = Engine.open()) {
 *   ExactPosterior posterior = ExactPosterior.of(engine, prior);
 *   Samples clean = posterior.denoise(engine.samples(noisy, rows), Level.ofSigma(0.5));
 * }
 * }</pre>
 */
public final class Engine implements AutoCloseable {
  private final Backend backend;
  private final int threads;
  private final Deque<Runnable> onClose = new ArrayDeque<>();
  private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
  private boolean closed;

  private Engine(Backend backend, int threads) {
    this.backend = backend;
    this.threads = threads;
  }

  /** The first available backend of cuda, cpu, java, on all processors. */
  public static Engine open() {
    return open("auto");
  }

  /**
   * @param backend {@code auto}, or a name that {@link Backends#names} lists, such as {@code
   *     cpu:avx2}
   * @throws InvalidInputException for an unknown name, or one that is absent here, with the reason
   */
  public static Engine open(String backend) {
    return open(backend, Runtime.getRuntime().availableProcessors());
  }

  /**
   * @param threads at least 1; results do not depend on it
   */
  public static Engine open(String backend, int threads) {
    return open(backend, threads, Numerics.EXACT);
  }

  /**
   * @throws InvalidInputException also where fast mode is absent here, with the reason
   */
  public static Engine open(String backend, int threads, Numerics numerics) {
    return new Engine(Backends.open(backend, threads, numerics), threads);
  }

  /** An engine on a backend that tests bring. */
  static Engine on(Backend backend, int threads) {
    return new Engine(backend, threads);
  }

  /** The ops, for those who build their own loops. Work on it must run through {@link #compute}. */
  public Backend backend() {
    return backend;
  }

  /** Threads that this engine was opened with. */
  public int threads() {
    return threads;
  }

  /** Uninitialised samples. */
  public Samples samples(long rows, int dim) {
    return compute(() -> backend.allocate(rows, dim));
  }

  /** A copy of {@code values}, {@code rows x (values.length / rows)}, row-major. */
  public Samples samples(float[] values, int rows) {
    Samples out = samples(rows, dim(values.length, rows));
    run(() -> out.write(values));
    return out;
  }

  /** A copy of {@code values}, rounded to the backend's precision. */
  public Samples samples(double[] values, int rows) {
    Samples out = samples(rows, dim(values.length, rows));
    run(() -> out.write(values));
    return out;
  }

  private static int dim(int length, int rows) {
    if (rows < 1 || length % rows != 0 || length == 0) {
      throw new InvalidInputException(
          "samples: found "
              + length
              + " numbers for "
              + rows
              + " rows, allowed: a whole number each");
    }
    return length / rows;
  }

  /**
   * Memory of the caller to be read as samples: without a copy where the backend works in host
   * memory, else as a copy on the device. It must outlive them and not change.
   */
  public Samples reading(MemorySegment memory, long rows, int dim) {
    if (backend.device() == null) {
      return wrap(memory, rows, dim);
    }
    Samples copy = samples(rows, dim);
    run(() -> copy.write(memory));
    return copy;
  }

  /**
   * Memory of the caller (a mapped file, say) as samples, without a copy.
   *
   * @throws InvalidInputException on a device, see {@link #reading}
   */
  public Samples wrap(MemorySegment memory, long rows, int dim) {
    return compute(() -> backend.wrap(memory, rows, dim));
  }

  /**
   * Runs {@code work} so that {@link #close} waits for it.
   *
   * @throws IllegalStateException where the engine is closed
   */
  public <T> T compute(Supplier<T> work) {
    life.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      return work.get();
    } finally {
      life.readLock().unlock();
    }
  }

  /** As {@link #compute}, without a result. */
  public void run(Runnable work) {
    compute(
        () -> {
          work.run();
          return null;
        });
  }

  /**
   * Hands over what must be freed with this engine: {@link #close} runs it once, the latest first,
   * when no work is in progress and the backend is still there.
   */
  public void onClose(Runnable free) {
    run(
        () -> {
          synchronized (onClose) {
            onClose.push(free);
          }
        });
  }

  /** Waits for work in progress, then frees everything. Closing twice does nothing. */
  @Override
  public void close() {
    if (life.getReadHoldCount() > 0) {
      throw new IllegalStateException("the engine is closed from within its own work");
    }
    life.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        try {
          onClose.forEach(Runnable::run);
        } finally {
          backend.close();
        }
      }
    } finally {
      life.writeLock().unlock();
    }
  }
}
