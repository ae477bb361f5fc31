package dev.tweedie.backend.table;

import dev.tweedie.backend.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Some rows of a batch and the state of their softmax over the components seen so far: {@code
 * tweedie_rows}. One thread keeps one and moves it from chunk to chunk.
 */
public final class RowState {
  private static final NoiseAddress NO_NOISE = new NoiseAddress(0, 0, 0, 0, 0);

  private final long capacity;
  private final int width;
  private final int dim;
  private final MemorySegment top;
  private final MemorySegment sum;
  private final MemorySegment acc;
  private final MemorySegment diagonal;
  private final MemorySegment chosen;
  private MemorySegment x;
  private long begin;
  private long rows;
  private NoiseAddress noise = NO_NOISE;
  private boolean drawing;

  public RowState(PriorTable prior, long capacity, Arena arena) {
    this.capacity = capacity;
    this.dim = prior.dim();
    this.width = prior.kind().width(dim);
    top = Column.doubles(arena, capacity);
    sum = Column.floats(arena, capacity);
    acc = Column.floats(arena, capacity * width);
    diagonal = Column.floats(arena, capacity * dim);
    chosen = Column.doubles(arena, capacity);
  }

  /**
   * Puts this on rows {@code [begin, begin + rows)} of the batch {@code x}, with nothing seen.
   *
   * @param noise of the draw, or null where nothing is drawn
   */
  public void start(MemorySegment x, long begin, long rows, NoiseAddress noise) {
    this.x = x;
    this.begin = begin;
    this.rows = rows;
    this.drawing = noise != null;
    this.noise = drawing ? noise : NO_NOISE;
    for (long i = 0; i < rows; i++) {
      top.setAtIndex(ValueLayout.JAVA_DOUBLE, i, -Float.MAX_VALUE);
      chosen.setAtIndex(ValueLayout.JAVA_LONG, i, -1);
    }
    clear(sum, rows);
    clear(acc, rows * width);
    clear(diagonal, rows * dim);
  }

  /** A loop, because a slice to fill would be an object a chunk. */
  private static void clear(MemorySegment column, long count) {
    for (long i = 0; i < count; i++) {
      column.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
    }
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
