package dev.tweedie.backend.cuda;

import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.prior.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Columns of a table on the host, and their way to the device: an arena that remembers what it
 * gave, so that tables need not know of devices. All columns go to one block of device memory.
 */
final class DeviceColumns implements Arena {
  private static final long ALIGNMENT = 256; // as the device's own

  private final Arena host;
  private final int components;
  private final List<MemorySegment> columns = new ArrayList<>();
  private MemorySegment whole = MemorySegment.NULL;

  DeviceColumns(Arena host, int components) {
    this.host = host;
    this.components = components;
  }

  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    MemorySegment column = host.allocate(bytes, alignment);
    columns.add(column);
    return column;
  }

  @Override
  public MemorySegment.Scope scope() {
    return host.scope();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("the host's arena is closed by its owner");
  }

  /** Takes in a column that another arena may have given: points that are read in place. */
  void include(MemorySegment column) {
    if (columns.stream().noneMatch(known -> known.address() == column.address())) {
      columns.add(column);
    }
  }

  /** Says that {@code column} does not belong to components, whatever its size. */
  void keepWhole(MemorySegment column) {
    whole = column;
  }

  /** Bytes of one component in a column; 0 where all components share it. */
  private long stride(MemorySegment column) {
    boolean shared =
        column.address() == whole.address() || column.byteSize() < (long) components * Float.BYTES;
    return shared ? 0 : column.byteSize() / components;
  }

  private static long padded(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  long bytes() {
    return columns.stream().mapToLong(column -> padded(column.byteSize())).sum();
  }

  /** Bytes of a block that has room for any shard. */
  long shardBytes() {
    return columns.stream().mapToLong(column -> padded(shardBytes(column))).sum();
  }

  private long shardBytes(MemorySegment column) {
    return stride(column) == 0 ? column.byteSize() : stride(column) * Kind.SHARD;
  }

  /** Copies everything to {@code block}; gives the place of each column there. */
  Place upload(Device device, MemorySegment block) {
    long[] addresses = new long[columns.size()];
    long at = block.address();
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = at;
      device.upload(columns.get(i), MemorySegment.ofAddress(at));
      at += padded(columns.get(i).byteSize());
    }
    return place(addresses);
  }

  /**
   * Copies components {@code [first, last)} to {@code block}, once the compute stream has come to
   * {@code after}; gives the place where each column would begin.
   */
  Place upload(Device device, MemorySegment block, long first, long last, MemorySegment after) {
    long[] addresses = new long[columns.size()];
    long at = block.address();
    for (int i = 0; i < addresses.length; i++) {
      MemorySegment column = columns.get(i);
      long stride = stride(column);
      addresses[i] = at - first * stride;
      MemorySegment part =
          stride == 0 ? column : column.asSlice(first * stride, (last - first) * stride);
      device.upload(part, MemorySegment.ofAddress(at), after);
      at += padded(shardBytes(column));
    }
    return place(addresses);
  }

  /**
   * Writes the columns of {@code chosen} components one after the other into {@code into}, whose
   * columns are those of a table of so many components.
   */
  Place uploadChosen(Device device, MemorySegment block, long[] chosen, Arena scratch) {
    long[] addresses = new long[columns.size()];
    long at = block.address();
    for (int i = 0; i < addresses.length; i++) {
      MemorySegment column = columns.get(i);
      long stride = stride(column);
      MemorySegment part = column;
      if (stride > 0) {
        part = scratch.allocate(Math.max(1, chosen.length * stride), Double.BYTES);
        for (int k = 0; k < chosen.length; k++) {
          long component = Math.max(0, chosen[k]); // any, where a row has chosen none
          MemorySegment.copy(column, component * stride, part, k * stride, stride);
        }
      }
      addresses[i] = at;
      device.upload(part, MemorySegment.ofAddress(at));
      at += padded(part.byteSize());
    }
    return place(addresses);
  }

  /** Bytes of a block for {@link #uploadChosen}. */
  long chosenBytes(long count) {
    return columns.stream()
        .mapToLong(
            column ->
                padded(
                    stride(column) == 0 ? column.byteSize() : Math.max(1, count * stride(column))))
        .sum();
  }

  private Place place(long[] addresses) {
    return column -> {
      for (int i = 0; i < addresses.length; i++) {
        if (columns.get(i).address() == column.address()) {
          return MemorySegment.ofAddress(addresses[i]);
        }
      }
      throw new AssertionError("a column of another table");
    };
  }
}
