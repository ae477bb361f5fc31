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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The native memory of one backend. A block comes back when its {@link Lease} is freed by hand, or
 * when nobody reaches the lease any more, whichever is first; it is then used again for samples of
 * the same size.
 *
 * <p>Java's collector does not see native memory: a program whose Java heap does not fill would
 * never have garbage collected. So the pool asks for a collection when as much more is out as the
 * last one left, and at least {@link #FIRST_COLLECTION}; where collections take a noticeable share
 * of the time, half as often, down to once for as much as the cache may hold. What a collection
 * finds is then used again as a whole: to free it and to touch new pages instead costs several
 * times what most ops do. Only where collections take most of the time (a large Java heap) more is
 * let out, at most as much as that heap may hold. Where room runs out the pool collects at once, as
 * {@code java.nio} does, before it refuses.
 */
public final class MemoryPool {
  /** Bytes that are out before the first collection. */
  static final long FIRST_COLLECTION = 128L << 20;

  /** Collections may take this part of the time, as far as what is left meanwhile can be kept. */
  private static final double SHARE = 1. / 32;

  /** The same, where it could not be kept, and new pages have to be touched. */
  private static final double LARGEST_SHARE = 1. / 2;

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
  private final Map<Long, SharedBlock> shared = new Begun();
  private final AtomicBoolean collecting = new AtomicBoolean();
  private long out;
  private long cached;
  private long other;
  private boolean closed;

  private volatile long nextCollection = FIRST_COLLECTION;
  private long least = FIRST_COLLECTION;
  private double share;
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

  /** The blocks of which the next small samples are made, by size; those of rare sizes go. */
  private static final class Begun extends LinkedHashMap<Long, SharedBlock> {
    private static final long serialVersionUID = 1;
    private static final int MOST = 16;

    Begun() {
      super(16, .75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, SharedBlock> eldest) {
      return size() > MOST; // its samples hold it
    }
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
      block = MemorySegment.NULL;
      size = 0;
    }

    Handle(Lease lease, MemorySegment block, long size, ReferenceQueue<Lease> queue) {
      super(lease, queue);
      this.block = block;
      this.size = size;
    }
  }

  /** The use of a block, or of a part of one. */
  public static final class Lease {
    private final MemoryPool pool;
    private final MemorySegment memory;
    private final Optional<SharedBlock> block; // that this is a part of
    private @Nullable Handle handle; // of a block of its own

    private Lease(MemoryPool pool, MemorySegment memory, Optional<SharedBlock> block) {
      this.pool = pool;
      this.memory = memory;
      this.block = block;
    }

    public MemorySegment memory() {
      return memory;
    }

    /** The memory as long as {@code life} lasts; who holds it holds the lease. */
    public MemorySegment visible(Arena life) {
      return pool.source.visible(memory, life, this);
    }

    /** Gives the memory back now; called once. */
    public void free() {
      synchronized (pool.lock) {
        if (block.isPresent()) {
          pool.takeBack(block.get(), memory);
        } else {
          Handle own = Objects.requireNonNull(handle);
          own.clear();
          pool.takeBack(own);
        }
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
      if (size <= SMALL && SharedBlock.PARTS * size <= cacheLimit && source.divisible()) {
        Optional<SharedBlock> shared = shared(size);
        if (shared.isPresent()) {
          return new Lease(this, shared.get().take(bytes), shared);
        }
      }
      MemorySegment block = room(size).orElseGet(() -> insist(size, () -> room(size)));
      return leased(block, bytes, size);
    }
  }

  /** A block as things are, without making room. */
  private Optional<MemorySegment> room(long size) {
    Optional<MemorySegment> block = fromCache(size);
    return block.isPresent() || !fits(size) ? block : source.allocate(size);
  }

  private Lease leased(MemorySegment block, long bytes, long size) {
    MemorySegment memory = block.byteSize() == 0 ? block : block.asSlice(0, bytes);
    Lease lease = new Lease(this, memory, Optional.empty());
    Handle handle = new Handle(lease, block, size, unreachable);
    lease.handle = handle;
    handle.after = leased.after;
    handle.before = leased;
    leased.after.before = handle;
    leased.after = handle;
    out += size;
    return lease;
  }

  /** A block with room for a sample of that size; empty where memory is too short for one. */
  private Optional<SharedBlock> shared(long size) {
    SharedBlock begun = shared.get(size);
    if (begun != null && !begun.isFull()) {
      return Optional.of(begun);
    }
    long whole = SharedBlock.PARTS * size;
    Optional<SharedBlock> next =
        room(whole).map(block -> new SharedBlock(leased(block, whole, whole), size));
    next.ifPresentOrElse(block -> shared.put(size, block), () -> shared.remove(size));
    return next;
  }

  private void takeBack(SharedBlock block, MemorySegment part) {
    block.giveBack(part);
    if (block.isUnused()) {
      shared.values().remove(block);
      block.whole().free();
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

  private Optional<MemorySegment> fromCache(long size) {
    ArrayDeque<MemorySegment> blocks = cache.get(size);
    if (blocks == null) {
      return Optional.empty();
    }
    MemorySegment block = blocks.pop();
    if (blocks.isEmpty()) {
      cache.remove(size);
    }
    cached -= size;
    return Optional.of(block);
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
      shared.clear();
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
        learn((end - start) / (double) (end - lastCollection), found);
        lastCollection = end;
        long left = out + other;
        nextCollection = left + Math.max(least, Math.min(left, kept()));
      }
    } finally {
      collecting.set(false);
    }
  }

  /** Takes the share of the time that a collection took since the last one. */
  private void learn(double taken, boolean found) {
    share = (3 * share + taken) / 4; // one pause on a busy machine says little
    if (share > LARGEST_SHARE) {
      least = Math.min(2 * least, Math.max(kept(), Runtime.getRuntime().maxMemory()));
    } else if (share > SHARE || !found) {
      least = Math.max(least, Math.min(2 * least, kept()));
    } else {
      least = Math.min(least, kept());
    }
  }

  /** Bytes that a collection may find and that are then used again. */
  private long kept() {
    return Math.max(FIRST_COLLECTION, cacheLimit);
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
