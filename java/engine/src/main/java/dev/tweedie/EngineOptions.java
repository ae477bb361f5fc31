package dev.tweedie;

/**
 * How an engine is opened. Immutable: each method gives changed options.
 *
 * <pre>{@code
 * Engine.open(EngineOptions.of().backend("cpu").memoryLimit(4L << 30));
 * }</pre>
 *
 * @param backend {@code auto}, or a name that {@code tweedie info} lists, such as {@code cpu:avx2}
 * @param threads at least 1; results do not depend on it
 * @param numerics exact, or fast where it is asked for
 * @param memoryLimit bytes of native memory that the engine may hold; where they do not suffice, an
 *     {@link OutOfNativeMemoryException} says what holds how much
 * @param cacheLimit bytes of samples that ended, kept to be used again, within the memory limit; as
 *     much may be left to the garbage collector before it is asked for a collection
 * @param announced whether a line of the log {@code dev.tweedie} says what was chosen, and why
 *     nothing better
 * @param pruning whether components that provably have no weight are left out
 */
public record EngineOptions(
    String backend,
    int threads,
    Numerics numerics,
    long memoryLimit,
    long cacheLimit,
    boolean announced,
    Pruning pruning) {
  public EngineOptions {
    if (backend == null || numerics == null || pruning == null) {
      throw new InvalidInputException(
          "engine: found null, allowed: a backend, numerics and pruning");
    }
    if (threads < 1) {
      throw new InvalidInputException("threads: found " + threads + ", allowed: at least 1");
    }
    if (memoryLimit < 1) {
      throw new InvalidInputException(
          "memory limit: found " + memoryLimit + " bytes, allowed: at least 1");
    }
    if (cacheLimit < 0) {
      throw new InvalidInputException(
          "cache limit: found " + cacheLimit + " bytes, allowed: at least 0");
    }
  }

  /** The best backend that can run here, on all processors, exact, without a limit of memory. */
  public static EngineOptions of() {
    return new EngineOptions(
        "auto",
        Runtime.getRuntime().availableProcessors(),
        Numerics.EXACT,
        Long.MAX_VALUE,
        MemoryUsage.CACHE_LIMIT,
        true,
        Pruning.AUTO);
  }

  public EngineOptions backend(String name) {
    return new EngineOptions(name, threads, numerics, memoryLimit, cacheLimit, announced, pruning);
  }

  public EngineOptions threads(int count) {
    return new EngineOptions(backend, count, numerics, memoryLimit, cacheLimit, announced, pruning);
  }

  public EngineOptions numerics(Numerics mode) {
    return new EngineOptions(backend, threads, mode, memoryLimit, cacheLimit, announced, pruning);
  }

  public EngineOptions memoryLimit(long bytes) {
    return new EngineOptions(backend, threads, numerics, bytes, cacheLimit, announced, pruning);
  }

  public EngineOptions cacheLimit(long bytes) {
    return new EngineOptions(backend, threads, numerics, memoryLimit, bytes, announced, pruning);
  }

  /** For who says it another way. */
  public EngineOptions announced(boolean log) {
    return new EngineOptions(backend, threads, numerics, memoryLimit, cacheLimit, log, pruning);
  }

  public EngineOptions pruning(Pruning when) {
    return new EngineOptions(backend, threads, numerics, memoryLimit, cacheLimit, announced, when);
  }
}
