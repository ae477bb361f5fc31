package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** An engine for a benchmark; one that is absent here stops the benchmark with its reason. */
@State(Scope.Benchmark)
public class EngineState {
  @Param({"cpu:avx512", "cpu:avx2", "cpu:scalar", "java:vector", "java:scalar"})
  public String backend;

  @Param("1")
  public int threads;

  Engine engine;

  @Setup(Level.Trial)
  public void open() {
    engine = Engine.open(backend, threads);
  }

  @TearDown(Level.Trial)
  public void close() {
    engine.close();
  }

  /**
   * Fails unless {@code found} has the bits that {@code java:scalar} gives: a kernel is timed only
   * once it is right.
   */
  static void agree(Samples found, Samples expected) {
    float[] left = found.toFloats();
    float[] right = expected.toFloats();
    for (int i = 0; i < right.length; i++) {
      if (Float.floatToIntBits(left[i]) != Float.floatToIntBits(right[i])) {
        throw new IllegalStateException(
            "element " + i + ": " + left[i] + ", java:scalar gives " + right[i]);
      }
    }
  }
}
