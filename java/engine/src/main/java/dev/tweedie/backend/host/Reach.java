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

  // of each row, while shards are gone through
  private final float[] best;
  private final int[] begin;
  private final float[] highs;
  private final float[] lows;
  private final byte[] wants;

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
    int rows = (int) capacity;
    best = new float[rows];
    begin = new int[rows];
    highs = new float[rows];
    lows = new float[rows];
    wants = new byte[rows];
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
    int count = (int) rows;
    Arrays.fill(best, 0, count, Float.NEGATIVE_INFINITY);
    for (int shard = 0; shard < shards; shard++) {
      read(low, shard, lows, count);
      for (int row = 0; row < count; row++) {
        best[row] = Math.max(best[row], lows[row]);
      }
    }
    MemorySegment.copy(best, 0, floor, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, count);
    for (int shard = 0; shard < shards; shard++) {
      read(high, shard, highs, count);
      boolean reached = false;
      for (int row = 0; row < count; row++) {
        reached |= !(highs[row] < best[row] - CLOSELY);
      }
      any[shard] = reached;
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
    int count = (int) rows;
    findBegin(count);
    Arrays.fill(best, 0, count, Float.NEGATIVE_INFINITY);
    for (int shard = 0; shard < shards; shard++) {
      read(high, shard, highs, count);
      read(low, shard, lows, count);
      any[shard] = want(shard, count);
      MemorySegment.copy(wants, 0, wanted, ValueLayout.JAVA_BYTE, shard * capacity, count);
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

  /**
   * Of each row the last shard that is so far above all before it that nothing of those is left.
   */
  private void findBegin(int count) {
    Arrays.fill(begin, 0, count, 0);
    Arrays.fill(best, 0, count, Float.NEGATIVE_INFINITY);
    for (int shard = 0; shard < shards; shard++) {
      read(high, shard, highs, count);
      read(low, shard, lows, count);
      for (int row = 0; row < count; row++) {
        begin[row] = best[row] < lows[row] ? shard : begin[row];
        best[row] = Math.max(best[row], highs[row]);
      }
    }
  }

  /** From there on, what is not below the best before it; whether any row wants the shard. */
  private boolean want(int shard, int count) {
    boolean wanting = false;
    for (int row = 0; row < count; row++) {
      boolean begun = shard >= begin[row];
      boolean wants = begun && !(highs[row] < best[row]);
      this.wants[row] = (byte) (wants ? 1 : 0);
      wanting |= wants;
      best[row] = begun ? Math.max(best[row], lows[row]) : best[row];
    }
    return wanting;
  }

  /** Shards are far apart in memory: a row after the other would miss caches at each of them. */
  private void read(MemorySegment column, int shard, float[] to, int count) {
    long at = shard * capacity * Float.BYTES;
    MemorySegment.copy(column, ValueLayout.JAVA_FLOAT_UNALIGNED, at, to, 0, count);
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
