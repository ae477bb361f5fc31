package dev.tweedie.backend.cuda;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Tables that are on the device, by what they are the tables of: a schedule's are uploaded once, as
 * long as there is room for all.
 */
final class Residents<K> {
  /**
   * @param struct what kernels are given, with addresses of the device
   * @param memory the block that they point into
   */
  record Resident(MemorySegment struct, MemorySegment memory) {}

  private final Device device;
  private final Function<K, Resident> upload;
  private final Map<K, Resident> kept = new LinkedHashMap<>();
  private final Set<K> inUse = new HashSet<>();

  Residents(Device device, Function<K, Resident> upload) {
    this.device = device;
    this.upload = upload;
  }

  /** The table of {@code key}, which stays at least until {@link #release}. */
  MemorySegment use(K key) {
    inUse.add(key);
    Resident resident = kept.get(key);
    if (resident == null) {
      resident = upload.apply(key);
      kept.put(key, resident);
    }
    return resident.struct();
  }

  void release() {
    inUse.clear();
  }

  /** Frees all tables that are not in use. */
  void giveUp() {
    kept.entrySet()
        .removeIf(
            entry -> {
              boolean idle = !inUse.contains(entry.getKey());
              if (idle) {
                device.free(entry.getValue().memory());
              }
              return idle;
            });
  }

  int size() {
    return kept.size();
  }
}
