package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.NoiseAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The matrix product at the shape of a data-set score: 256 x 512 over 784. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GemmBench {
  private static final int M = 256;
  private static final int N = 512;
  private static final int K = 784;
  private Backend backend;
  private Samples a;
  private Samples b;
  private Samples c;

  @Setup
  public void prepare(EngineState state) {
    backend = state.engine.backend();
    a = state.engine.samples(M, K);
    b = state.engine.samples(K, N);
    c = state.engine.samples(M, N);
    backend.normal(NoiseAddress.of(1, 0, 0), a);
    backend.normal(NoiseAddress.of(2, 0, 0), b);
    backend.gemm(a, b, c);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      Samples expected = exact.samples(M, N);
      exact
          .backend()
          .gemm(exact.samples(a.toFloats(), M), exact.samples(b.toFloats(), K), expected);
      EngineState.agree(c, expected);
    }
  }

  @Benchmark
  public Samples gemm() {
    backend.gemm(a, b, c);
    return c;
  }
}
