package dev.tweedie.bench.states;

import dev.tweedie.Engine;
import dev.tweedie.Numerics;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * An engine for a benchmark, a parameter of its {@code @Setup}; JMH's {@code -p} sets the fields.
 * One that is absent here stops the benchmark with its reason. Where JMH runs more than one thread,
 * each has an engine of its own.
 */
@State(Scope.Thread)
public class EngineState {
  /** As {@link Engine#open(String)} reads it. */
  @Param({"cpu:avx512", "cpu:avx2", "cpu:scalar", "java:vector", "java:scalar"})
  public String backend;

  /** As {@link Numerics#parse} reads it. */
  @Param("exact")
  public String numerics;

  /** Of the engine itself. */
  @Param("1")
  public int threads;

  private Engine engine;

  /** JMH calls it. */
  @Setup(Level.Trial)
  public void open() {
    engine = Engine.open(backend, threads, mode());
  }

  /** In the place of {@link #open}: an engine of the caller's, in the same numerics. */
  public void use(Engine open) {
    engine = open;
  }

  private Numerics mode() {
    return Numerics.parse(numerics);
  }

  /** The one that is open. */
  public Engine engine() {
    return engine;
  }

  /** JMH calls it. */
  @TearDown(Level.Trial)
  public void close() {
    engine.close();
  }

  /** A kernel that is wrong, which no time makes up for. */
  public static final class Disagreement extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Disagreement(int element, float found, float expected) {
      super("element " + element + ": " + found + ", java:scalar gives " + expected);
    }
  }

  /**
   * Fails unless {@code found} has the bits that {@code java:scalar} gives: a kernel is timed only
   * once it is right.
   *
   * @throws Disagreement with the first element that differs
   */
  public static void agree(Samples found, Samples expected) {
    float[] left = found.toFloats();
    float[] right = expected.toFloats();
    for (int i = 0; i < right.length; i++) {
      if (Float.floatToIntBits(left[i]) != Float.floatToIntBits(right[i])) {
        throw new Disagreement(i, left[i], right[i]);
      }
    }
  }

  /**
   * As {@link #agree} in exact mode. In fast mode, and of {@code reference}, within a thousandth of
   * the largest element, and what the backend's factors lose: a row, a column or a block that is
   * wrong differs by its whole size, and the card's error is what {@code tweedie check} asks for.
   *
   * @throws Disagreement with the first element that differs
   */
  public void agreeInMode(Samples found, Samples expected) {
    if (mode() == Numerics.EXACT && found.precision() == Precision.FLOAT32) {
      agree(found, expected);
      return;
    }
    float[] left = found.toFloats();
    float[] right = expected.toFloats();
    double tolerance = 1e-3 + engine.backend().bound().share();
    float largest = 0;
    for (float value : right) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < right.length; i++) {
      if (!(Math.abs(left[i] - right[i]) <= tolerance * largest)) {
        throw new Disagreement(i, left[i], right[i]);
      }
    }
  }
}
