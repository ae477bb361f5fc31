package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/**
 * Memory for rows on their way to the engine: written in place on a host, by way of an array where
 * the engine's memory is a device's.
 */
final class Block implements AutoCloseable {
  private final Samples samples;
  private final int dim;
  private final MemorySegment place; // null on a device
  private final double[] staged; // null on a host

  Block(Engine engine, int capacity, int dim) {
    this.dim = dim;
    samples = engine.lasting(capacity, dim);
    boolean host = engine.backend().device().isEmpty();
    place = host ? samples.segment() : null;
    staged = host ? null : new double[Math.multiplyExact(capacity, dim)];
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
      stage(row, numbers);
    } else if (samples.precision() == Precision.FLOAT32) {
      long at = (long) row * dim * Float.BYTES;
      float[] floats = numbers.floats() != null ? numbers.floats() : rounded(numbers.doubles());
      MemorySegment.copy(floats, 0, place, ValueLayout.JAVA_FLOAT, at, dim);
    } else {
      long at = (long) row * dim * Double.BYTES;
      double[] doubles = numbers.doubles() != null ? numbers.doubles() : widened(numbers.floats());
      MemorySegment.copy(doubles, 0, place, ValueLayout.JAVA_DOUBLE, at, dim);
    }
  }

  private void stage(int row, Numbers numbers) {
    double[] doubles = numbers.doubles() != null ? numbers.doubles() : widened(numbers.floats());
    System.arraycopy(doubles, 0, staged, row * dim, dim);
  }

  private static float[] rounded(double[] doubles) {
    float[] floats = new float[doubles.length];
    for (int j = 0; j < floats.length; j++) {
      floats[j] = (float) doubles[j];
    }
    return floats;
  }

  private static double[] widened(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int j = 0; j < doubles.length; j++) {
      doubles[j] = floats[j];
    }
    return doubles;
  }

  /** The first rows, ready for the engine. */
  Samples rows(int count) {
    Samples first = samples.slice(0, count);
    if (staged != null) {
      first.write(Arrays.copyOf(staged, count * dim));
    }
    return first;
  }

  @Override
  public void close() {
    samples.close();
  }
}
