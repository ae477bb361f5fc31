package dev.tweedie.bench;

import dev.tweedie.Samples;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.metric.MeanDiscrepancy;
import dev.tweedie.metric.Neighbours;
import dev.tweedie.metric.Wasserstein;
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

/** Measures between two samples, which compare all pairs or many projections. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class MetricBench {
  private static final int PROJECTIONS = 1000;

  /** Rows of each sample, and their size. */
  @Param("10000x784")
  public String work;

  private EngineState state;
  private Samples first;
  private Samples second;
  private double bandwidth;

  @Setup
  public void prepare(EngineState state) {
    this.state = state;
    String[] sizes = work.split("x");
    int rows = Integer.parseInt(sizes[0]);
    int dim = Integer.parseInt(sizes[1]);
    bandwidth = Math.sqrt(2.0 * dim); // the usual distance of two rows
    first = normal(rows, dim, 1);
    second = normal(rows, dim, 2);
  }

  private Samples normal(int rows, int dim, long seed) {
    Samples out = state.engine().samples(rows, dim);
    state.engine().run(() -> state.engine().backend().normal(NoiseAddress.of(seed, 0, 0), out));
    return out;
  }

  @Benchmark
  public double meanDiscrepancy() {
    return MeanDiscrepancy.squared(state.engine(), first, second, bandwidth);
  }

  @Benchmark
  public double sliced() {
    return Wasserstein.sliced(state.engine(), first, second, PROJECTIONS, 1);
  }

  @Benchmark
  public double neighbours() {
    return Neighbours.of(state.engine(), first, second, 5).distance(0, 0);
  }
}
