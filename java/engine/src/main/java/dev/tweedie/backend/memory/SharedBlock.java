package dev.tweedie.backend.memory;

import java.lang.foreign.MemorySegment;

/**
 * A block that a few small samples of one size share. It comes back when all of them were closed,
 * or when nobody reaches any of them: so the collector has one lease to tell of, not one for each.
 * What is closed meanwhile is used again as long as new samples are made of this block.
 */
final class SharedBlock {
  /** At most as many times its own size may small samples hold, where the others are left. */
  static final int PARTS = 8;

  private static final int ALL = (1 << PARTS) - 1;

  private final MemoryPool.Lease whole;
  private final long size;
  private int free = ALL; // a bit for each part

  /**
   * @param size of a part
   */
  SharedBlock(MemoryPool.Lease whole, long size) {
    this.whole = whole;
    this.size = size;
  }

  /** The first {@code bytes} of a part. */
  MemorySegment take(long bytes) {
    int part = Integer.numberOfTrailingZeros(free);
    free &= ~(1 << part);
    return whole.memory().asSlice(part * size, bytes);
  }

  void giveBack(MemorySegment part) {
    free |= 1 << (int) ((part.address() - whole.memory().address()) / size);
  }

  boolean isFull() {
    return free == 0;
  }

  boolean isUnused() {
    return free == ALL;
  }

  MemoryPool.Lease whole() {
    return whole;
  }
}
