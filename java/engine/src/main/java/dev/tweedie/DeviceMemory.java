package dev.tweedie;

import java.lang.foreign.MemorySegment;

/**
 * Memory that the host cannot touch, and the only ways in and out. On the device's side a segment
 * is an address with length zero, so that touching it from the host fails instead of reading
 * something else. All wait for the device.
 */
public interface DeviceMemory {
  /** Copies all of {@code from}, on the host, to the device. */
  void upload(MemorySegment from, MemorySegment to);

  /** Fills all of {@code to}, on the host, from the device. */
  void download(MemorySegment from, MemorySegment to);

  /** Copies from device to device; equal addresses do nothing, others must not overlap. */
  void copy(MemorySegment from, MemorySegment to, long bytes);

  /** Runs ops; the seconds between their start and their end on the device's own clock. */
  double seconds(Runnable ops);

  /** Makes {@code bytes} bytes zero. */
  void clear(MemorySegment memory, long bytes);
}
