package dev.tweedie.backend.cuda;

import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.cuda.Residents.Resident;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tables of one form for one prior: a set of columns on the host, filled anew for each key, and
 * their copies on the device.
 *
 * @param <K> what a table is the table of
 */
abstract class ColumnTables<K> {
  final DeviceColumns columns;
  final Residents<K> residents;
  private final Device device;

  ColumnTables(Device device, Arena arena, int components) {
    this.device = device;
    columns = new DeviceColumns(arena, components);
    residents = new Residents<>(device, this::upload);
  }

  /** Computes the host's columns. */
  abstract void fill(K key);

  /** What kernels are given for the columns that were filled last, of which copies lie there. */
  abstract MemorySegment struct(Place place);

  private Resident upload(K key) {
    MemorySegment block = device.allocate(columns.bytes());
    fill(key);
    return new Resident(struct(columns.upload(device, block)), block);
  }
}
