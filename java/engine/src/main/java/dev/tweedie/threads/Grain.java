package dev.tweedie.threads;

/**
 * How finely a range may be cut between threads.
 *
 * @param unit chunks are multiples of it
 * @param worth fewer items than this take less time than waking a thread
 * @param efficient from this many items on, a chunk costs no more an item than a larger one
 * @param largest what a thread's memory holds
 */
public record Grain(long unit, long worth, long efficient, long largest) {
  /** Turns a thread takes: the others make up for one that the system held up. */
  private static final int TURNS = 4;

  /** About 10 microseconds of a kernel that computes a few operations an element. */
  private static final long WORTHY_ELEMENTS = 1 << 14;

  /** Of rows that are worked on element by element. */
  public static Grain ofElements(int dim) {
    long worth = Math.max(1, WORTHY_ELEMENTS / dim);
    return new Grain(1, worth, worth, Long.MAX_VALUE);
  }

  /** Of rows that cost {@code flops} each. */
  public static Grain ofFlops(long unit, double flops, long efficient, long largest) {
    return new Grain(unit, (long) Math.ceil(WORTHY_FLOPS / flops), efficient, largest);
  }

  /** About 10 microseconds at 100 GFLOP/s. */
  private static final double WORTHY_FLOPS = 1 << 20;

  /** Whether every one of so many threads gets all its turns, in chunks that cost no more. */
  public boolean suffices(long n, int threads) {
    return threads == 1 || n / efficient >= (long) TURNS * threads;
  }

  /** The size of chunks of {@code [0, n)} for so many threads. */
  long chunk(long n, int threads) {
    long share = ceil(n, threads);
    long turns = threads == 1 ? 1 : Math.clamp(share / efficient, 1, TURNS);
    return inUnits(Math.clamp(ceil(share, turns), Math.min(worth, largest), largest));
  }

  /**
   * The size of chunks of {@code [0, n)} of which each is taken in so many {@code pieces}: no
   * smaller than it takes to give all threads their turns.
   */
  public long chunk(long n, int threads, int pieces) {
    long parts = Math.max(1, (long) TURNS * threads / pieces);
    return inUnits(Math.clamp(ceil(n, parts), 1, Math.min(efficient, largest)));
  }

  private long inUnits(long size) {
    return Math.max(unit, Math.min(ceil(size, unit), largest / unit) * unit);
  }

  private static long ceil(long n, long parts) {
    return n / parts + (n % parts == 0 ? 0 : 1);
  }
}
