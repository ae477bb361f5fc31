package dev.tweedie.backend.cuda;

import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.bindings.generated.tweedie_rows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Some rows of a batch and the state of their softmax on the device: {@code tweedie_rows}. */
final class DeviceRows {
  private static final long ALIGNMENT = 256;
  private static final NoiseAddress NO_NOISE = new NoiseAddress(0, 0, 0, 0, 0);

  final MemorySegment struct;
  private final MemorySegment noise;
  private MemorySegment chosen;

  DeviceRows(Arena arena) {
    struct = tweedie_rows.allocate(arena);
    noise = tweedie_rows.noise(struct);
  }

  static long padded(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Bytes of the state of so many rows, whatever is wanted of them. */
  static long bytes(int width, int dim, long rows) {
    return padded(rows * Double.BYTES)
        + padded(rows * Float.BYTES)
        + padded(rows * width * Float.BYTES)
        + padded(rows * dim * Float.BYTES)
        + padded(rows * Long.BYTES);
  }

  /**
   * Puts this on rows {@code [begin, begin + rows)} of the batch {@code x}.
   *
   * @param memory of {@link #bytes}
   * @param at noise of a draw, which makes no sums; null where nothing is drawn
   */
  void place(
      MemorySegment x,
      long begin,
      long rows,
      MemorySegment memory,
      int width,
      int dim,
      NoiseAddress at) {
    MemorySegment sum = Device.moved(memory, padded(rows * Double.BYTES));
    MemorySegment acc = Device.moved(sum, padded(rows * Float.BYTES));
    MemorySegment diagonal = Device.moved(acc, padded(rows * width * Float.BYTES));
    chosen = Device.moved(diagonal, padded(rows * dim * Float.BYTES));
    tweedie_rows.begin(struct, begin);
    tweedie_rows.rows(struct, rows);
    tweedie_rows.x(struct, x);
    tweedie_rows.top(struct, memory);
    tweedie_rows.sum(struct, sum);
    tweedie_rows.acc(struct, at == null ? acc : MemorySegment.NULL);
    tweedie_rows.diagonal(struct, at == null ? diagonal : MemorySegment.NULL);
    tweedie_rows.chosen(struct, at == null ? MemorySegment.NULL : chosen);
    Structs.write(noise, at == null ? NO_NOISE : at, 0);
  }

  /** {@code rows x d}: sums of the covariance's diagonal. */
  MemorySegment diagonal() {
    return tweedie_rows.diagonal(struct);
  }

  /** The component of each row, one 64-bit number each. */
  MemorySegment chosen() {
    return chosen;
  }
}
