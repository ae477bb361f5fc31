package dev.tweedie.backend.host;

import dev.tweedie.backend.PartialState;
import dev.tweedie.backend.table.Column;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of a batch and the state of their softmax over the components seen so far: {@code
 * tweedie_rows}. One thread keeps one and moves it from chunk to chunk.
 */
public final class RowState {
  private static final NoiseAddress NO_NOISE = new NoiseAddress(0, 0, 0, 0, 0);

  private final long capacity;
  private final int width;
  private final int sums;
  private final int diagonals;
  private final MemorySegment top;
  private final MemorySegment sum;
  private final MemorySegment acc;
  private final MemorySegment diagonal;
  private final MemorySegment chosen;
  private MemorySegment x = MemorySegment.NULL;
  private long begin;
  private long rows;
  private NoiseAddress noise = NO_NOISE;
  private boolean drawing;
  private boolean summing;
  private @Nullable Reach reach;

  public RowState(PriorTable prior, long capacity, Arena arena) {
    this(prior.kind().width(prior.dim()), 1, prior.dim(), capacity, arena);
  }

  /** Where levels are unknown a row has a sum for each of them. */
  public static RowState blind(PriorTable prior, int levels, long capacity, Arena arena) {
    return new RowState(prior.kind().blindWidth(prior.dim()), levels, 0, capacity, arena);
  }

  private RowState(int width, int sums, int diagonals, long capacity, Arena arena) {
    this.capacity = capacity;
    this.width = width;
    this.sums = sums;
    this.diagonals = diagonals;
    top = Column.doubles(arena, capacity);
    sum = Column.floats(arena, capacity * sums);
    acc = Column.floats(arena, capacity * width);
    diagonal = Column.floats(arena, capacity * diagonals);
    chosen = Column.doubles(arena, capacity);
  }

  /**
   * Puts this on rows {@code [begin, begin + rows)} of the batch {@code x}, with nothing seen.
   *
   * @param noise of the draw, or null where nothing is drawn
   * @param summing whether weighted sums are wanted: a draw, or an evidence alone, needs none
   */
  public void start(
      MemorySegment x, long begin, long rows, @Nullable NoiseAddress noise, boolean summing) {
    this.summing = summing;
    this.reach = null;
    this.x = x;
    this.begin = begin;
    this.rows = rows;
    this.drawing = noise != null;
    this.noise = noise != null ? noise : NO_NOISE;
    for (long i = 0; i < rows; i++) {
      top.setAtIndex(ValueLayout.JAVA_DOUBLE, i, Double.NEGATIVE_INFINITY);
      chosen.setAtIndex(ValueLayout.JAVA_LONG, i, -1);
    }
    clear(sum, rows * sums);
    clear(acc, summing ? rows * width : 0);
    clear(diagonal, rows * diagonals);
  }

  /**
   * A loop, because a slice to fill would be an object a chunk; not with an aligned layout, whose
   * check is not always compiled into the loop.
   */
  private static void clear(MemorySegment column, long count) {
    for (long i = 0; i < count; i++) {
      column.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * Float.BYTES, 0);
    }
  }

  /** Leaves out what these rows do not need, until the next start. */
  void leaveOut(@Nullable Reach beyond) {
    reach = beyond;
  }

  /** What these rows need, or null: everything. */
  public @Nullable Reach reach() {
    return reach;
  }

  /** Whether a row needs something of the shard. */
  boolean wants(int shard) {
    return reach == null || reach.wants(shard);
  }

  /** Copies these rows' states to where they belong among the batch's. */
  void copyTo(PartialState to) {
    int at = (int) begin;
    int count = (int) rows;
    MemorySegment.copy(top, ValueLayout.JAVA_DOUBLE, 0, to.top(), at, count);
    MemorySegment.copy(sum, ValueLayout.JAVA_FLOAT, 0, to.sum(), at, count);
    if (summing) {
      MemorySegment.copy(acc, ValueLayout.JAVA_FLOAT, 0, to.acc(), at * width, count * width);
    }
    if (drawing) {
      MemorySegment.copy(chosen, ValueLayout.JAVA_LONG, 0, to.chosen(), at, count);
    }
  }

  /** The other way. */
  void copyFrom(PartialState from) {
    int at = (int) begin;
    int count = (int) rows;
    MemorySegment.copy(from.top(), at, top, ValueLayout.JAVA_DOUBLE, 0, count);
    MemorySegment.copy(from.sum(), at, sum, ValueLayout.JAVA_FLOAT, 0, count);
    if (summing) {
      MemorySegment.copy(from.acc(), at * width, acc, ValueLayout.JAVA_FLOAT, 0, count * width);
    }
  }

  /** Puts what each row of the batch has drawn in the place of what these have. */
  void choose(long[] ofBatch) {
    MemorySegment.copy(ofBatch, (int) begin, chosen, ValueLayout.JAVA_LONG, 0, (int) rows);
  }

  /** Takes every mass for 1, so that what is summed against it is not divided. */
  void forgetMass() {
    for (long i = 0; i < rows; i++) {
      sum.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
    }
  }

  /** Copies these rows' diagonals to where they belong among the batch's. */
  void copyDiagonalTo(float[] to, int dim) {
    int at = (int) begin * dim;
    MemorySegment.copy(diagonal, ValueLayout.JAVA_FLOAT, 0, to, at, (int) rows * dim);
  }

  public long capacity() {
    return capacity;
  }

  public long begin() {
    return begin;
  }

  public long rows() {
    return rows;
  }

  /** The whole batch. */
  public MemorySegment x() {
    return x;
  }

  public MemorySegment top() {
    return top;
  }

  public MemorySegment sum() {
    return sum;
  }

  public MemorySegment acc() {
    return acc;
  }

  /** Whether {@link #acc} is wanted. */
  public boolean summing() {
    return summing;
  }

  public MemorySegment diagonal() {
    return diagonal;
  }

  /** The component drawn so far for each row, or null where nothing is drawn. */
  public MemorySegment chosen() {
    return drawing ? chosen : MemorySegment.NULL;
  }

  public NoiseAddress noise() {
    return noise;
  }
}
