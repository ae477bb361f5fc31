package dev.tweedie.backend.cuda;

import dev.tweedie.backend.abi.Structs;
import dev.tweedie.bindings.generated.tweedie_rows;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Some rows of a batch and the state of their softmax on the device: {@code tweedie_rows}. */
final class DeviceRows {
  /**
   * What a state holds for each row.
   *
   * @param sums softmaxes of a row: 1, or the levels of a grid
   * @param width weighted sums; 0 where none are made
   * @param diagonal numbers of the covariance's diagonal, 0 for none
   * @param noise of a draw, or null where nothing is drawn
   */
  record Form(int sums, int width, int diagonal, @Nullable NoiseAddress noise) {
    long bytes(long rows) {
      return padded(rows * Double.BYTES)
          + padded(rows * sums * Float.BYTES)
          + padded(rows * width * Float.BYTES)
          + padded(rows * diagonal * Float.BYTES)
          + padded(rows * Long.BYTES);
    }
  }

  private static final long ALIGNMENT = 256;
  private static final NoiseAddress NO_NOISE = new NoiseAddress(0, 0, 0, 0, 0);

  final MemorySegment struct;
  private final MemorySegment noise;

  DeviceRows(Arena arena) {
    struct = tweedie_rows.allocate(arena);
    noise = tweedie_rows.noise(struct);
  }

  private static long padded(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * Puts this on rows {@code [begin, begin + rows)} of the batch {@code x}.
   *
   * @param memory of {@link Form#bytes}
   */
  void place(Form form, MemorySegment x, long begin, long rows, MemorySegment memory) {
    MemorySegment sum = Device.moved(memory, padded(rows * Double.BYTES));
    MemorySegment acc = Device.moved(sum, padded(rows * form.sums() * Float.BYTES));
    MemorySegment diagonal = Device.moved(acc, padded(rows * form.width() * Float.BYTES));
    MemorySegment chosen = Device.moved(diagonal, padded(rows * form.diagonal() * Float.BYTES));
    tweedie_rows.begin(struct, begin);
    tweedie_rows.rows(struct, rows);
    tweedie_rows.x(struct, x);
    tweedie_rows.top(struct, memory);
    tweedie_rows.sum(struct, sum);
    tweedie_rows.acc(struct, form.width() == 0 ? MemorySegment.NULL : acc);
    tweedie_rows.diagonal(struct, form.diagonal() == 0 ? MemorySegment.NULL : diagonal);
    tweedie_rows.chosen(struct, form.noise() == null ? MemorySegment.NULL : chosen);
    Structs.write(noise, Objects.requireNonNullElse(form.noise(), NO_NOISE), 0);
  }

  /** {@code rows x d}: sums of the covariance's diagonal. */
  MemorySegment diagonal() {
    return tweedie_rows.diagonal(struct);
  }

  /** The component of each row, one 64-bit number each. */
  MemorySegment chosen() {
    return tweedie_rows.chosen(struct);
  }
}
