package dev.tweedie;

import dev.tweedie.backend.DeviceMemory;
import java.lang.foreign.MemorySegment;

/**
 * What samples know of the backend that holds them: whose they are, how their numbers are stored,
 * and the ways in and out. Only a backend makes samples, so that nobody else can say of a piece of
 * memory that it is larger than it is.
 */
public abstract class SampleMemory {
  /** Name with tier, for example {@code cpu:avx2}. */
  public abstract String name();

  /** Element type of the samples. */
  public abstract Precision precision();

  /** The ways in and out; null where samples lie in host memory. */
  public DeviceMemory device() {
    return null;
  }

  /**
   * Memory as samples of this backend.
   *
   * @param segment {@code rows x dim} elements; on a device their address alone, with length zero
   */
  protected final Samples samples(MemorySegment segment, long rows, int dim) {
    return new Samples(this, segment, rows, dim);
  }
}
