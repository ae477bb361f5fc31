package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
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

/** Reverse steps and residual norms. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBench {
  /** Elements, a multiple of 1,024. */
  @Param({"16384", "16777216"})
  public String work;

  private static final int DIM = 1024;
  private static final Coefficients COEFFICIENTS = new Coefficients(0.9, 0.1, -0.05, 0.2);
  private static final NoiseAddress AT = NoiseAddress.of(1, 1, 0);
  private Backend backend;
  private Samples x;
  private Samples denoised;
  private Samples rowCoefficients;
  private Samples norms;
  private Samples out;

  @Setup
  public void prepare(EngineState state) {
    backend = state.engine().backend();
    int rows = Integer.parseInt(work) / DIM;
    x = state.engine().samples(rows, DIM);
    denoised = state.engine().samples(rows, DIM);
    out = state.engine().samples(rows, DIM);
    norms = state.engine().samples(rows, 1);
    rowCoefficients = state.engine().samples(rows, 4);
    backend.normal(NoiseAddress.of(2, 0, 0), x);
    backend.normal(NoiseAddress.of(3, 0, 0), denoised);
    backend.uniform(NoiseAddress.of(4, 0, 0), rowCoefficients);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      Samples expected = exact.samples(rows, DIM);
      Samples sameX = exact.samples(x.toFloats(), rows);
      Samples sameDenoised = exact.samples(denoised.toFloats(), rows);
      exact
          .backend()
          .step(COEFFICIENTS, StepTerms.of(sameX, expected).denoised(sameDenoised).noise(AT));
      backend.step(COEFFICIENTS, StepTerms.of(x, out).denoised(denoised).noise(AT));
      EngineState.agree(out, expected);
    }
  }

  @Benchmark
  public Samples step() {
    backend.step(COEFFICIENTS, StepTerms.of(x, out).denoised(denoised));
    return out;
  }

  @Benchmark
  public Samples stepWithNoise() {
    backend.step(COEFFICIENTS, StepTerms.of(x, out).denoised(denoised).noise(AT));
    return out;
  }

  @Benchmark
  public Samples stepRows() {
    backend.stepRows(rowCoefficients, StepTerms.of(x, out).denoised(denoised));
    return out;
  }

  @Benchmark
  public Samples residual() {
    backend.residual(x, denoised, norms);
    return norms;
  }

  static Cost cost(String op, String work) {
    double elements = Double.parseDouble(work);
    return switch (op) {
      case "stepWithNoise" -> new Cost(elements, 65 * elements, 12 * elements);
      case "residual" -> new Cost(elements, 3 * elements, 8 * elements);
      default -> new Cost(elements, 3 * elements, 12 * elements);
    };
  }
}
