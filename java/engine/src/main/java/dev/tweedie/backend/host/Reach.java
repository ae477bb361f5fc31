package dev.tweedie.backend.host;

import dev.tweedie.backend.table.Column;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Which shards some rows of a batch can need, found from bounds of their logits before any is
 * computed. {@code docs/pruning.md} has the rules; no bit of any result depends on it.
 */
public final class Reach {
  /** Bounds so far below what is out of reach may still decide where rule R2 begins. */
  private static final float CLOSELY = 80;

  private final int shards;
  private final long capacity;
  private final MemorySegment high;
  private final MemorySegment low;
  private final MemorySegment wanted;
  private final MemorySegment floor;
  private boolean knowsFloor;
  private final boolean[] any;
  private int[] order = new int[0];

  /**
   * @param capacity rows at most
   */
  Reach(int shards, long capacity, Arena arena) {
    this.shards = shards;
    this.capacity = capacity;
    high = Column.floats(arena, shards * capacity);
    low = Column.floats(arena, shards * capacity);
    floor = Column.floats(arena, capacity);
    wanted = arena.allocate(shards * capacity);
    any = new boolean[shards];
  }

  /** No logit of a shard is above, of each row: for a survey to write. */
  public MemorySegment high(int shard) {
    return high.asSlice(shard * capacity * Float.BYTES, capacity * Float.BYTES);
  }

  /** Below it, nothing weighs beside the shard's best; likewise. */
  public MemorySegment low(int shard) {
    return low.asSlice(shard * capacity * Float.BYTES, capacity * Float.BYTES);
  }

  /**
   * The largest {@link #low} of each row, for kernels to know where a closer look may help; null
   * before a first survey of all shards.
   */
  public MemorySegment floor() {
    return knowsFloor ? floor : MemorySegment.NULL;
  }

  void forget() {
    knowsFloor = false;
  }

  /** The shards that a second survey should look at closely: those that seem to be in reach. */
  int[] unsure(long rows) {
    Arrays.fill(any, false);
    for (long row = 0; row < rows; row++) {
      float most = Float.NEGATIVE_INFINITY;
      for (int shard = 0; shard < shards; shard++) {
        most = Math.max(most, get(low, shard, row));
      }
      floor.set(ValueLayout.JAVA_FLOAT_UNALIGNED, row * Float.BYTES, most);
      for (int shard = 0; shard < shards; shard++) {
        any[shard] |= !(get(high, shard, row) < most - CLOSELY);
      }
    }
    knowsFloor = true;
    return marked();
  }

  /** A byte for each shard and row: 0 where the row needs nothing of the shard. */
  public MemorySegment wanted() {
    return wanted;
  }

  /** Bytes from shard to shard. */
  public long stride() {
    return capacity;
  }

  /** Decides, for the first {@code rows}, when all shards have been surveyed. */
  void plan(long rows) {
    Arrays.fill(any, false);
    for (long row = 0; row < rows; row++) {
      plan(row, begin(row));
    }
    order = marked();
  }

  private int[] marked() {
    int count = 0;
    int[] found = new int[shards];
    for (int shard = 0; shard < shards; shard++) {
      if (any[shard]) {
        found[count++] = shard;
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** The last shard that is so far above all before it that nothing of those is left. */
  private int begin(long row) {
    float before = Float.NEGATIVE_INFINITY;
    int begin = 0;
    for (int shard = 0; shard < shards; shard++) {
      if (before < get(low, shard, row)) {
        begin = shard;
      }
      before = Math.max(before, get(high, shard, row));
    }
    return begin;
  }

  /** From there on, what is not below the best before it. */
  private void plan(long row, int begin) {
    float floor = Float.NEGATIVE_INFINITY;
    for (int shard = 0; shard < shards; shard++) {
      boolean wants = shard >= begin && !(get(high, shard, row) < floor);
      wanted.set(ValueLayout.JAVA_BYTE, shard * capacity + row, (byte) (wants ? 1 : 0));
      any[shard] |= wants;
      if (shard >= begin) {
        floor = Math.max(floor, get(low, shard, row));
      }
    }
  }

  private float get(MemorySegment column, int shard, long row) {
    return column.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (shard * capacity + row) * Float.BYTES);
  }

  /** Whether a row needs something of the shard. */
  boolean wants(int shard) {
    return any[shard];
  }

  /** The shards of which a row needs something. */
  int[] shards() {
    return order;
  }
}
