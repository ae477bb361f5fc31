package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.noise.NoiseAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Noise and the elementary functions. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class NoiseBench {
  /** Elements, a multiple of 1,024. */
  @Param({"16384", "16777216"})
  public String work;

  private static final int DIM = 1024;
  private static final NoiseAddress AT = NoiseAddress.of(1, 0, 0);
  private Backend backend;
  private Samples x;
  private Samples out;

  @Setup
  public void prepare(EngineState state) {
    int elements = Integer.parseInt(work);
    backend = state.engine().backend();
    x = state.engine().samples(elements / DIM, DIM);
    out = state.engine().samples(elements / DIM, DIM);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      Samples expected = exact.samples(elements / DIM, DIM);
      exact.backend().normal(AT, expected);
      backend.normal(AT, out);
      EngineState.agree(out, expected);
    }
    backend.normal(AT, x);
  }

  @Benchmark
  public Samples uniform() {
    backend.uniform(AT, out);
    return out;
  }

  @Benchmark
  public Samples normal() {
    backend.normal(AT, out);
    return out;
  }

  /** exp stands for the four functions: the others differ by a few fma. */
  @Benchmark
  public Samples apply() {
    backend.apply(Backend.Function.EXP, x, out);
    return out;
  }

  /** Operations as the cards count them. */
  static Cost cost(String op, String work) {
    double elements = Double.parseDouble(work);
    return switch (op) {
      case "uniform" -> new Cost(elements, 20 * elements, 4 * elements);
      case "normal" -> new Cost(elements, 60 * elements, 4 * elements);
      default -> new Cost(elements, 20 * elements, 8 * elements);
    };
  }
}
