package dev.tweedie.backend.memory;

import dev.tweedie.MemoryUsage;
import dev.tweedie.OutOfNativeMemoryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The native memory of one backend. A block comes back when its {@link Lease} is freed by hand, or
 * when nobody reaches the lease any more, whichever is first; it is then used again for samples of
 * the same size.
 *
 * <p>Java's collector does not see native memory: a program whose Java heap does not fill would
 * never have garbage collected. So the pool asks for a collection when as much is out as after the
 * last one, twice, and at least {@link #FIRST_COLLECTION}; where collections take a noticeable
 * share of the time (a large Java heap), half as often, down to once for as much as the Java heap
 * may hold. Where room runs out it collects at once, as {@code java.nio} does, before it refuses.
 */
public final class MemoryPool {
  /** Bytes that are out before the first collection. */
  static final long FIRST_COLLECTION = 128L << 20;

  /** Collections may take one part in so many of the time. */
  private static final int SHARE = 32;

  /** How long the collector may take to tell of what it found, in milliseconds. */
  private static final long SHORT_WAIT = 20;

  private static final long LONGEST_WAIT = 256;

  private static final long SMALL = 32 << 10;
  private static final long CACHE_LINE = 64;
  private static final long PAGE = 4096;

  private final String name;
  private final MemorySource source;
  private volatile long limit = Long.MAX_VALUE;
  private volatile long cacheLimit = MemoryUsage.CACHE_LIMIT;
  private final Object lock;
  private final Runnable giveUp;

  private final ReferenceQueue<Lease> unreachable = new ReferenceQueue<>();
  private final Handle leased = new Handle(); // head of a ring
  private final Map<Long, ArrayDeque<MemorySegment>> cache = new LinkedHashMap<>(16, .75f, true);
  private final AtomicBoolean collecting = new AtomicBoolean();
  private long out;
  private long cached;
  private long other;
  private boolean closed;

  private volatile long nextCollection = FIRST_COLLECTION;
  private long least = FIRST_COLLECTION;
  private long lastCollection = System.nanoTime();

  /**
   * @param lock of everything that uses the source
   * @param giveUp frees what can be made again, where room runs out
   */
  public MemoryPool(String name, MemorySource source, Object lock, Runnable giveUp) {
    this.name = name;
    this.source = source;
    this.lock = lock;
    this.giveUp = giveUp;
  }

  /** Bounds all bytes, and those that are cached. */
  public void limit(long limit, long cacheLimit) {
    synchronized (lock) {
      this.limit = limit;
      this.cacheLimit = cacheLimit;
      trim(cacheLimit);
    }
  }

  /** Knows where a block is, and nobody else who would have to know its user. */
  private static final class Handle extends WeakReference<Lease> {
    private final MemorySegment block;
    private final long size;
    private Handle before = this;
    private Handle after = this;
    private boolean back;

    Handle() {
      super(null);
      block = null;
      size = 0;
    }

    Handle(Lease lease, MemorySegment block, long size, ReferenceQueue<Lease> queue) {
      super(lease, queue);
      this.block = block;
      this.size = size;
    }
  }

  /** The use of a block. */
  public static final class Lease {
    private final MemoryPool pool;
    private final MemorySegment memory;
    private Handle handle;

    private Lease(MemoryPool pool, MemorySegment memory) {
      this.pool = pool;
      this.memory = memory;
    }

    public MemorySegment memory() {
      return memory;
    }

    /** The memory as long as {@code life} lasts; who holds it holds the lease. */
    public MemorySegment visible(Arena life) {
      return pool.source.visible(memory, life, this);
    }

    /** Gives the block back now; once is enough. */
    public void free() {
      synchronized (pool.lock) {
        handle.clear();
        pool.takeBack(handle);
      }
    }
  }

  /**
   * {@code bytes} of undefined content, at a multiple of 64.
   *
   * @throws OutOfNativeMemoryException where there is no room
   */
  public Lease take(long bytes) {
    collectIfDue();
    long size = rounded(bytes);
    synchronized (lock) {
      requireOpen();
      drain();
      MemorySegment block = fromCache(size);
      if (block == null) {
        block = insist(size, () -> fits(size) ? source.allocate(size) : Optional.empty());
      }
      Lease lease = new Lease(this, block.byteSize() == 0 ? block : block.asSlice(0, bytes));
      Handle handle = new Handle(lease, block, size, unreachable);
      lease.handle = handle;
      handle.after = leased.after;
      handle.before = leased;
      leased.after.before = handle;
      leased.after = handle;
      out += size;
      return lease;
    }
  }

  private static long rounded(long bytes) {
    long unit = bytes <= SMALL ? CACHE_LINE : PAGE;
    return Math.max(1, (bytes + unit - 1) / unit) * unit;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(name + ": closed");
    }
  }

  private boolean fits(long bytes) {
    return bytes <= limit - out - cached - other;
  }

  private MemorySegment fromCache(long size) {
    ArrayDeque<MemorySegment> blocks = cache.get(size);
    if (blocks == null) {
      return null;
    }
    MemorySegment block = blocks.pop();
    if (blocks.isEmpty()) {
      cache.remove(size);
    }
    cached -= size;
    return block;
  }

  /** Takes in what nobody reaches any more. */
  private void drain() {
    for (Object found = unreachable.poll(); found != null; found = unreachable.poll()) {
      takeBack((Handle) found);
    }
  }

  private void takeBack(Handle handle) {
    if (handle.back) {
      return;
    }
    handle.back = true;
    handle.before.after = handle.after;
    handle.after.before = handle.before;
    out -= handle.size;
    if (!source.reusable() || handle.size > cacheLimit || closed) {
      source.free(handle.block);
    } else {
      trim(cacheLimit - handle.size);
      cache.computeIfAbsent(handle.size, _ -> new ArrayDeque<>()).push(handle.block);
      cached += handle.size;
    }
    lock.notifyAll();
  }

  /** Frees what is cached, the size that was not asked for longest first, down to so many bytes. */
  private void trim(long most) {
    while (cached > most) {
      var eldest = cache.entrySet().iterator().next();
      source.free(eldest.getValue().pollLast());
      cached -= eldest.getKey();
      if (eldest.getValue().isEmpty()) {
        cache.remove(eldest.getKey());
      }
    }
  }

  // ---- room ----

  /**
   * Tries to find room: as things are, without the cache and what can be given up, after a
   * collection. The lock must be held.
   *
   * @param attempt gives what is wanted, or nothing where there is no room
   */
  private <T> T insist(long bytes, Supplier<Optional<T>> attempt) {
    Optional<T> found = attempt.get();
    if (found.isEmpty()) {
      drain();
      trim(0);
      found = attempt.get();
    }
    if (found.isEmpty()) {
      giveUp.run();
      found = attempt.get();
    }
    boolean patient = true;
    for (long wait = 1; found.isEmpty() && patient && wait <= LONGEST_WAIT; wait *= 2) {
      if (wait == 1) {
        System.gc();
      }
      patient = pause(wait);
      drain();
      trim(0);
      found = attempt.get();
    }
    return found.orElseThrow(() -> new OutOfNativeMemoryException(name, bytes, usage()));
  }

  /** Lets go of the lock for a while: others may have something to give back. */
  private boolean pause(long milliseconds) {
    try {
      lock.wait(milliseconds);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void collectIfDue() {
    if (out + other <= nextCollection || !collecting.compareAndSet(false, true)) {
      return;
    }
    try {
      synchronized (lock) {
        drain();
        if (out + other <= nextCollection) {
          return;
        }
      }
      long start = System.nanoTime();
      System.gc();
      boolean found = awaitFirst();
      long end = System.nanoTime();
      synchronized (lock) {
        drain();
        if ((end - start) * SHARE > end - lastCollection || !found) {
          least = Math.min(2 * least, Math.max(FIRST_COLLECTION, Runtime.getRuntime().maxMemory()));
        }
        lastCollection = end;
        nextCollection = Math.max(least, 2 * (out + other));
      }
    } finally {
      collecting.set(false);
    }
  }

  /** What a collection found is told by another thread. */
  private boolean awaitFirst() {
    try {
      Object found = unreachable.remove(SHORT_WAIT);
      if (found == null) {
        return false;
      }
      synchronized (lock) {
        takeBack((Handle) found);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * A block that is not of samples, which {@link #giveBack} takes.
   *
   * @throws OutOfNativeMemoryException where there is no room
   */
  public MemorySegment block(long bytes) {
    synchronized (lock) {
      MemorySegment block =
          insist(bytes, () -> fits(bytes) ? source.allocate(bytes) : Optional.empty());
      other += bytes;
      return block;
    }
  }

  public void giveBack(MemorySegment block, long bytes) {
    synchronized (lock) {
      source.free(block);
      release(bytes);
    }
  }

  /**
   * Counts memory that is not of samples.
   *
   * @throws OutOfNativeMemoryException where there is no room
   */
  public void reserve(long bytes) {
    synchronized (lock) {
      requireOpen();
      insist(bytes, () -> fits(bytes) ? Optional.of(bytes) : Optional.empty());
      other += bytes;
    }
  }

  /** Takes back {@link #reserve}. */
  public void release(long bytes) {
    synchronized (lock) {
      other -= bytes;
      lock.notifyAll();
    }
  }

  /** An arena whose memory is counted. */
  public Arena counted(Arena arena) {
    return new CountedArena(this, arena);
  }

  /** Bytes that can still be taken: what is cached is free. */
  public long room() {
    synchronized (lock) {
      return limit - out - other;
    }
  }

  public MemoryUsage usage() {
    synchronized (lock) {
      drain();
      return new MemoryUsage(out, cached, other, limit, cacheLimit);
    }
  }

  /** Frees everything, also what is in use: who uses it must have been stopped. */
  public void close() {
    synchronized (lock) {
      closed = true;
      trim(0);
      while (leased.after != leased) {
        takeBack(leased.after);
      }
    }
  }
}
