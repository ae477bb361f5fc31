package dev.tweedie;

/**
 * What an engine's native memory is used by, in bytes.
 *
 * @param samples that are in use, or that the garbage collector has not found yet
 * @param cached of samples that ended, kept to be used again
 * @param other tables of priors and working memory
 * @param limit of all three together; {@code Long.MAX_VALUE} for none
 * @param cacheLimit of what is cached
 */
public record MemoryUsage(long samples, long cached, long other, long limit, long cacheLimit) {
  /**
   * Bytes kept of samples that ended, where nobody says otherwise: an eighth of what Java's heap
   * may hold, between 256 MiB and 1 GiB.
   */
  public static final long CACHE_LIMIT =
      Math.clamp(Runtime.getRuntime().maxMemory() / 8, 256L << 20, 1L << 30);

  /** All that is held. */
  public long total() {
    return samples + cached + other;
  }

  @Override
  public String toString() {
    String of = limit == Long.MAX_VALUE ? "" : " of %,d".formatted(limit);
    return "%,d%s (samples %,d, cached %,d, priors and working memory %,d)"
        .formatted(total(), of, samples, cached, other);
  }
}
