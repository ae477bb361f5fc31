package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.noise.NoiseAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The matrix product; 256 x 512 over 784 is the shape of a data-set score. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GemmBench {
  /** M x N x K. */
  @Param("256x512x784")
  public String work;

  private Backend backend;
  private Samples a;
  private Samples b;
  private Samples c;

  @Setup
  public void prepare(EngineState state) {
    int[] size = sizes(work);
    int m = size[0];
    int n = size[1];
    int k = size[2];
    backend = state.engine().backend();
    a = state.engine().samples(m, k);
    b = state.engine().samples(k, n);
    c = state.engine().samples(m, n);
    backend.normal(NoiseAddress.of(1, 0, 0), a);
    backend.normal(NoiseAddress.of(2, 0, 0), b);
    backend.gemm(a, b, c);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      int few = Math.min(m, 33); // a row does not see the others
      Samples expected = exact.samples(few, n);
      Samples first = exact.samples(a.slice(0, few).toFloats(), few);
      exact.backend().gemm(first, exact.samples(b.toFloats(), k), expected);
      state.agreeInMode(c.slice(0, few), expected);
    }
  }

  @Benchmark
  public Samples gemm() {
    backend.gemm(a, b, c);
    return c;
  }

  /** M, N and K. */
  public static int[] sizes(String work) {
    return Arrays.stream(work.split("x")).mapToInt(Integer::parseInt).toArray();
  }

  static Cost cost(String work) {
    int[] size = sizes(work);
    double m = size[0];
    double n = size[1];
    double k = size[2];
    return new Cost(m * n, 2 * m * n * k, Float.BYTES * (m * k + k * n + m * n));
  }
}
