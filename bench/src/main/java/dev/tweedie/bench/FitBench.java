package dev.tweedie.bench;

import dev.tweedie.Samples;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Kind;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Ten iterations of expectation maximisation, clusters to start from included. {@code
 * bench/peers/sklearn_fit.py} times scikit-learn's at the same sizes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class FitBench {
  private static final int ITERATIONS = 10;
  private static final int RANK = 4;

  /** Kind, rows, their size, components. */
  @Param({
    "isotropic:9000x784x16",
    "diagonal:9000x784x16",
    "low_rank:9000x784x16",
    "full:20000x64x16",
    "diagonal:100000x16x32"
  })
  public String work;

  private EngineState state;
  private FitOptions options;
  private Samples rows;

  @Setup
  public void prepare(EngineState state) {
    this.state = state;
    String[] fields = work.split("[:x]");
    Kind kind = Kind.valueOf(fields[0].toUpperCase(Locale.ROOT));
    int components = Integer.parseInt(fields[3]);
    options =
        (kind == Kind.LOW_RANK
                ? FitOptions.lowRank(components, RANK)
                : FitOptions.of(components, kind))
            .withTolerance(0)
            .withIterations(ITERATIONS);
    rows = clusters(Integer.parseInt(fields[1]), Integer.parseInt(fields[2]), components);
  }

  /** A centre and noise, both normal: clusters that overlap in a few dimensions only. */
  private Samples clusters(int count, int dim, int components) {
    float[] centres = normal(components, dim, 1).toFloats();
    Samples out = normal(count, dim, 2);
    float[] values = out.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += centres[i / dim % components * dim + i % dim];
    }
    out.write(values);
    return out;
  }

  private Samples normal(int rows, int dim, long seed) {
    Samples out = state.engine().samples(rows, dim);
    state.engine().run(() -> state.engine().backend().normal(NoiseAddress.of(seed, 0, 0), out));
    return out;
  }

  @Benchmark
  public MixtureFit fit() {
    return MixtureFitter.fit(state.engine(), rows, options);
  }
}
