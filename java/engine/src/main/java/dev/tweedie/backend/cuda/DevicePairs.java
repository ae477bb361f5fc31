package dev.tweedie.backend.cuda;

import dev.tweedie.PairCount;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Pairs of rows and components, and those left out, as kernels count them on the device. */
final class DevicePairs {
  private static final int COUNTS = 2;

  private final Device device;
  private @Nullable MemorySegment memory;

  DevicePairs(Device device) {
    this.device = device;
  }

  /** Two numbers, which kernels add to. */
  MemorySegment memory() {
    if (memory == null) {
      long bytes = COUNTS * Long.BYTES;
      MemorySegment block = device.allocate(bytes);
      device.clear(block, bytes);
      memory = block;
    }
    return memory;
  }

  /** Waits for the device. */
  PairCount read() {
    if (memory == null) {
      return PairCount.NONE;
    }
    long[] counts = new long[COUNTS];
    device.download(memory, MemorySegment.ofArray(counts), MemorySegment.NULL);
    return new PairCount(counts[0], counts[1]);
  }
}
