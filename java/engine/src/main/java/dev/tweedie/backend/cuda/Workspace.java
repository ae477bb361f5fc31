package dev.tweedie.backend.cuda;

import dev.tweedie.backend.Coefficients;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Device memory that ops use one after the other, and small constants that are uploaded once: the
 * coefficients of every step taken so far, and columns of ones. Blocks only grow, at least twofold,
 * and what is left behind stays, since a recorded op may know it.
 */
final class Workspace {
  private static final int SLOTS = 4096;
  private static final long SLOT = 4 * Float.BYTES;

  private final Device device;
  private final Map<Coefficients, MemorySegment> steps = new HashMap<>();
  private MemorySegment block = MemorySegment.NULL;
  private MemorySegment slots = MemorySegment.NULL;
  private MemorySegment ones = MemorySegment.NULL;
  private long size;
  private int onesLength;

  Workspace(Device device) {
    this.device = device;
  }

  /** Memory until the next op, 256-byte aligned. */
  MemorySegment of(long bytes) {
    if (size < bytes) {
      long larger = Math.max(bytes, Math.min(2 * size, device.room() / 2));
      block = device.allocate(larger);
      size = larger;
    }
    return block;
  }

  /** {@code tweedie_coefficients} on the device. */
  MemorySegment coefficients(Coefficients of) {
    MemorySegment at = steps.get(of);
    if (at == null) {
      int next = steps.size() % SLOTS;
      if (next == 0) {
        slots = device.allocate(SLOTS * SLOT);
      }
      at = Device.moved(slots, next * SLOT);
      float[] values = {(float) of.a(), (float) of.b(), (float) of.c(), (float) of.e()};
      device.upload(MemorySegment.ofArray(values), at);
      steps.put(of, at);
    }
    return at;
  }

  /** At least {@code count} ones. */
  MemorySegment ones(int count) {
    if (onesLength < count) {
      float[] values = new float[count];
      Arrays.fill(values, 1);
      ones = device.allocate((long) count * Float.BYTES);
      device.upload(MemorySegment.ofArray(values), ones);
      onesLength = count;
    }
    return ones;
  }
}
