package dev.tweedie;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import dev.tweedie.threads.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
  private final SampleMemory memory; // the same, as this package knows it
  private final Workers workers;
  private final Deque<Runnable> onClose = new ArrayDeque<>();
  private final ThreadLocal<Scope> scope = new ThreadLocal<>();
  private boolean closed;

  private Engine(Backend backend, Workers workers) {
    this.backend = backend;
    this.memory = backend;
    this.workers = workers;
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
    return open(EngineOptions.of().backend(backend));
  }

  /**
   * @param threads at least 1; results do not depend on it
   */
  public static Engine open(String backend, int threads) {
    return open(EngineOptions.of().backend(backend).threads(threads));
  }

  /**
   * @throws InvalidInputException also where fast mode is absent here, with the reason
   */
  public static Engine open(String backend, int threads, Numerics numerics) {
    return open(EngineOptions.of().backend(backend).threads(threads).numerics(numerics));
  }

  /** An engine as {@code options} say. */
  public static Engine open(EngineOptions options) {
    Workers workers = Workers.of(options.threads());
    try {
      Backend backend = Backends.open(options.backend(), workers, options.numerics());
      backend.limitMemory(options.memoryLimit(), options.cacheLimit());
      backend.prune(options.pruning());
      Engine engine = new Engine(backend, workers);
      if (options.announced()) {
        Announcement.log(backend, options);
      }
      return engine;
    } catch (RuntimeException | Error e) {
      workers.close();
      throw e;
    }
  }

  /**
   * The first of {@code backends} that can run here, and no other: where {@link #open()} falls back
   * to Java, this fails.
   *
   * <pre>{@code
   * Engine.require("cuda", "cpu:avx512", "cpu:avx2");
   * }</pre>
   *
   * @param backends names that {@link Backends#names} lists, best first
   * @throws InvalidInputException for an unknown name, and where none can run here, with every
   *     reason
   */
  public static Engine require(String... backends) {
    return require(EngineOptions.of(), backends);
  }

  /**
   * As {@link #require(String...)}.
   *
   * @param options all but the backend
   */
  public static Engine require(EngineOptions options, String... backends) {
    if (!options.backend().equals("auto") || backends.length == 0) {
      throw new InvalidInputException(
          "require: found backend %s and %d names, allowed: the names alone, at least one"
              .formatted(options.backend(), backends.length));
    }
    String chosen = null;
    StringJoiner reasons = new StringJoiner("; ");
    for (String name : backends) { // all of them: a misspelt one never waits for its day
      Optional<String> absence = Backends.whyAbsent(name, options.numerics());
      if (absence.isEmpty() && chosen == null) {
        chosen = name;
      }
      absence.ifPresent(reason -> reasons.add(name + ": " + reason));
    }
    if (chosen == null) {
      throw new InvalidInputException("backend: none of those required is here: " + reasons);
    }
    return open(options.backend(chosen));
  }

  /** An engine on a backend that tests bring. */
  static Engine on(Backend backend, int threads) {
    return new Engine(backend, Workers.of(threads));
  }

  /** The ops, for those who build their own loops. Work on it must run through {@link #compute}. */
  public Backend backend() {
    return backend;
  }

  /** Threads that this engine was opened with. */
  public int threads() {
    return workers.threads();
  }

  /**
   * Runs {@code work} over {@code [0, n)} in chunks of {@code size} on this engine's threads: for
   * what is done on the host beside its ops. As {@link Workers#forEachChunk(long, long,
   * Workers.Chunk)}.
   */
  public void forEachChunk(long n, long size, Workers.Chunk work) {
    run(
        () ->
            workers.forEachChunk(
                n,
                size,
                (begin, count) -> {
                  memory.enterWithin(); // a helper's work is its caller's
                  try {
                    work.run(begin, count);
                  } finally {
                    memory.exit();
                  }
                }));
  }

  /** What this engine's native memory is used by. */
  public MemoryUsage memory() {
    return backend.memory();
  }

  /** How many pairs of rows and components {@link Pruning} left out since this engine opened. */
  public PairCount pairs() {
    return backend.pairs();
  }

  /**
   * Samples that this thread makes from now on end with the result, which this thread closes:
   *
   * <pre>{@code
   * try (Scope scope = engine.scope()) {
   *   Samples mean = scope.keep(posterior.denoise(engine.samples(noisy, rows), level));
   * }
   * }</pre>
   */
  public Scope scope() {
    return new Scope(scope, scope.get());
  }

  /** Uninitialised samples; they end with this thread's {@link #scope}, where there is one. */
  public Samples samples(long rows, int dim) {
    Samples samples = lasting(rows, dim);
    Scope within = scope.get();
    if (within != null) {
      within.add(samples);
    }
    return samples;
  }

  /**
   * As {@link #samples(long, int)}, outside of any scope: for what closes them itself, or keeps
   * them between calls. A sampler keeps a batch's, because a launch that was recorded finds them in
   * one place; what fits and networks write anew for every batch is taken once, so that there is
   * room for all batches or for none.
   */
  public Samples lasting(long rows, int dim) {
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
    if (backend.device().isEmpty()) {
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
   * Runs {@code work} so that {@link #close} waits for it. Work that others begin while closing
   * waits is refused, so that work which waits for them ends too.
   *
   * @throws IllegalStateException where the engine is closed, or another thread closes it
   */
  public <T> T compute(Supplier<T> work) {
    memory.enter();
    try {
      return work.get();
    } finally {
      memory.exit();
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

  /**
   * Waits for work in progress, then frees everything. Closing twice does nothing; where freeing
   * failed, closing again goes on with what is left.
   */
  @Override
  public void close() {
    if (memory.isInside()) {
      throw new IllegalStateException("the engine is closed from within its own work");
    }
    memory.life.begin();
    synchronized (onClose) {
      memory.life.await();
      RuntimeException failure = free();
      workers.close();
      if (failure != null) {
        throw failure;
      }
    }
  }

  private @Nullable RuntimeException free() {
    RuntimeException failure = null;
    memory.enterWithin(); // what is freed may look at samples
    while (!onClose.isEmpty()) {
      failure = tried(onClose.pop(), failure);
    }
    memory.exit();
    if (!closed) {
      failure =
          tried(
              () -> {
                backend.close();
                closed = true;
              },
              failure);
    }
    return failure;
  }

  private static @Nullable RuntimeException tried(
      Runnable free, @Nullable RuntimeException earlier) {
    try {
      free.run();
      return earlier;
    } catch (RuntimeException e) {
      if (earlier == null) {
        return e;
      }
      earlier.addSuppressed(e);
      return earlier;
    }
  }
}
