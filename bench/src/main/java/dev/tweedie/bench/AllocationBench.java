package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.EngineOptions;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
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
import org.openjdk.jmh.annotations.TearDown;

/**
 * What new samples cost a call: one reverse step of one thread, the cheapest op there is, into
 * samples that are kept, that are new and closed, that end with a scope, and that are left to the
 * collector; into samples that take turns over as much memory as lies between two collections, so
 * that what is left can be compared with what cold memory costs; and the README's line, a posterior
 * mean of 50 points, with its input and its result. {@code cache=0} is an engine that keeps nothing
 * for the next call. Run by hand: {@code java ... org.openjdk.jmh.Main AllocationBench}, with a
 * minute of warm-up for what is left: how often to collect is learned.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AllocationBench {
  @Param({"64x16", "4096x784"})
  public String shape;

  /** MiB of samples that ended, kept to be used again. */
  @Param({"default", "0"})
  public String cache;

  /** Bytes, the least that the default cache keeps. */
  private static final long BETWEEN_COLLECTIONS = 256L << 20;

  private static final Level LEVEL = Level.ofSigma(0.5);
  private static final Coefficients STEP = new Coefficients(0.5, 0, 0, 0);

  private Engine engine;
  private Samples x;
  private Samples kept;
  private ExactPosterior posterior;
  private float[] noisy;
  private int rows;
  private int dim;

  @Setup
  public void open() {
    rows = Integer.parseInt(shape.split("x")[0]);
    dim = Integer.parseInt(shape.split("x")[1]);
    EngineOptions options = EngineOptions.of().backend("cpu").threads(1);
    engine =
        Engine.open(
            cache.equals("default") ? options : options.cacheLimit(Long.parseLong(cache) << 20));
    x = engine.samples(rows, dim);
    x.clear();
    kept = engine.samples(rows, dim);
    noisy = new float[rows * dim];
    posterior = ExactPosterior.of(engine, DataSet.of(new float[50 * dim], dim));
  }

  @TearDown
  public void close() {
    engine.close();
  }

  private void step(Samples out) {
    engine.backend().step(STEP, StepTerms.of(x, out));
  }

  @Benchmark
  public Samples kept() {
    step(kept);
    return kept;
  }

  /** Of one benchmark alone: in all of them its memory would put off every collection. */
  @State(Scope.Benchmark)
  public static class Turns {
    private Samples[] samples;
    private int next;

    @Setup
    public void make(AllocationBench bench) {
      long bytes = (long) bench.rows * bench.dim * Float.BYTES;
      samples = new Samples[(int) (BETWEEN_COLLECTIONS / bytes)];
      Arrays.setAll(samples, _ -> bench.engine.samples(bench.rows, bench.dim));
    }
  }

  @Benchmark
  public Samples inTurn(Turns turns) {
    turns.next = turns.next + 1 == turns.samples.length ? 0 : turns.next + 1;
    Samples out = turns.samples[turns.next];
    step(out);
    return out;
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

  @Benchmark
  public long scoped() {
    try (dev.tweedie.Scope _ = engine.scope()) {
      Samples out = engine.samples(rows, dim);
      step(out);
      return out.rows();
    }
  }

  @Benchmark
  public Samples denoiseLeft() {
    return posterior.denoise(engine.samples(noisy, rows), LEVEL);
  }

  @Benchmark
  public long denoiseClosed() {
    try (Samples in = engine.samples(noisy, rows);
        Samples out = posterior.denoise(in, LEVEL)) {
      return out.rows();
    }
  }
}
