package dev.tweedie.backend.cuda;

import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.table.FilterTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.bindings.generated.tweedie_filter;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Means in 8 bits on the device.
 *
 * @param struct what kernels are given, with addresses of the device
 * @param memory the block that they point into
 */
record DeviceFilter(MemorySegment struct, MemorySegment memory) {
  /** Null where kernels take none. The host's copy lasts until the codes are on their way. */
  static @Nullable DeviceFilter of(
      PriorTable prior, Device device, Arena arena, DevicePairs pairs) {
    try (Arena host = Arena.ofShared();
        Workers workers = new Workers(Runtime.getRuntime().availableProcessors())) {
      DeviceColumns columns = new DeviceColumns(host, prior.components());
      FilterTable table = prior.newFilter(workers, columns);
      if (table == null) {
        return null;
      }
      for (MemorySegment column : table.columns()) { // those of a file are not the arena's
        columns.include(column);
      }
      MemorySegment counted = pairs.memory();
      MemorySegment memory = device.allocate(columns.bytes());
      MemorySegment struct = tweedie_filter.allocate(arena);
      Structs.write(struct, table, columns.upload(device, memory));
      tweedie_filter.counted(struct, counted);
      return new DeviceFilter(struct, memory);
    }
  }
}
