package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * Memory for rows on their way to the engine: written in place on a host, by way of an array where
 * the engine's memory is a device's.
 */
final class Block implements AutoCloseable {
  private final Samples samples;
  private final int dim;
  private final @Nullable MemorySegment place; // none on a device
  private final double[] staged; // empty on a host

  Block(Engine engine, int capacity, int dim) {
    this.dim = dim;
    samples = engine.lasting(capacity, dim);
    boolean host = engine.backend().device().isEmpty();
    place = host ? samples.segment() : null;
    staged = new double[host ? 0 : Math.multiplyExact(capacity, dim)];
  }

  /** Puts a row to its place, rounded to the engine's precision. */
  void set(int row, Object numbers) {
    boolean single = samples.precision() == Precision.FLOAT32;
    if (numbers instanceof ArrayRow array && place != null && array.single() == single) {
      long bytes = (long) dim * samples.precision().bytes();
      long from = array.data().getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(dim);
      Object base = array.data().getBaseObject();
      Platform.copyMemory(base, from, null, place.address() + row * bytes, bytes);
    } else {
      set(row, Numbers.of(numbers));
    }
  }

  private void set(int row, Numbers numbers) {
    if (place == null) {
      System.arraycopy(numbers.doubles(), 0, staged, row * dim, dim);
    } else if (samples.precision() == Precision.FLOAT32) {
      long at = (long) row * dim * Float.BYTES;
      MemorySegment.copy(numbers.floats(), 0, place, ValueLayout.JAVA_FLOAT, at, dim);
    } else {
      long at = (long) row * dim * Double.BYTES;
      MemorySegment.copy(numbers.doubles(), 0, place, ValueLayout.JAVA_DOUBLE, at, dim);
    }
  }

  /** The first rows, ready for the engine. */
  Samples rows(int count) {
    Samples first = samples.slice(0, count);
    if (place == null) {
      first.write(Arrays.copyOf(staged, count * dim));
    }
    return first;
  }

  @Override
  public void close() {
    samples.close();
  }
}
