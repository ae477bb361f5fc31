package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.EngineOptions;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What new samples cost a call: one reverse step of one thread into samples that are kept, that are
 * new and closed, and that are new and left to the collector; beside an engine that keeps nothing
 * for the next call. Run by hand: {@code java ... org.openjdk.jmh.Main AllocationBench}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AllocationBench {
  @Param({"64x16", "4096x784"})
  public String shape;

  @Param({"true", "false"})
  public boolean reuse;

  private static final Coefficients STEP = new Coefficients(0.5, 0, 0, 0);

  private Engine engine;
  private Samples x;
  private Samples kept;
  private int rows;
  private int dim;

  @Setup
  public void open() {
    rows = Integer.parseInt(shape.split("x")[0]);
    dim = Integer.parseInt(shape.split("x")[1]);
    EngineOptions options = EngineOptions.of().backend("cpu").threads(1);
    engine = Engine.open(reuse ? options : options.cacheLimit(0));
    x = engine.samples(rows, dim);
    x.clear();
    kept = engine.samples(rows, dim);
  }

  @TearDown
  public void close() {
    engine.close();
  }

  private void step(Samples out) {
    engine.backend().step(STEP, x, null, null, null, out);
  }

  @Benchmark
  public Samples kept() {
    step(kept);
    return kept;
  }

  @Benchmark
  public long closed() {
    try (Samples out = engine.samples(rows, dim)) {
      step(out);
      return out.rows();
    }
  }

  @Benchmark
  public Samples left() {
    Samples out = engine.samples(rows, dim);
    step(out);
    return out;
  }
}
