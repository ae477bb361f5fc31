package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Posterior covariances and Hessians, for every kind of prior. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CurvatureBench {
  /** As {@link ScoreWork} reads it: half of {@link ScoreBench}'s rows, in two passes. */
  @Param({
    "points:128x784x9000@1/20",
    "isotropic:2048x16x1000",
    "diagonal:2048x64x256",
    "lowrank:512x64x128",
    "full:512x64x128"
  })
  public String work;

  private ExactPosterior posterior;
  private Level level;
  private Samples x;
  private Samples v;
  private Samples out;

  @Setup
  public void prepare(EngineState state) {
    ScoreWork score = ScoreWork.parse(work);
    Prior prior = score.prior();
    int rows = score.rows();
    int dim = score.dim();
    level = score.levels().getFirst();
    posterior = ExactPosterior.of(state.engine(), prior);
    x = score.inputs(state.engine(), prior).getFirst();
    v = state.engine().samples(rows, dim);
    out = state.engine().samples(rows, dim);
    state.engine().backend().normal(NoiseAddress.of(1, 1, 0), v);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      int few = score.few();
      Samples found = state.engine().samples(few, dim);
      posterior.covarianceTimes(x.slice(0, few), level, v.slice(0, few), found);
      Samples same = exact.samples(x.slice(0, few).toFloats(), few);
      Samples vectors = exact.samples(v.slice(0, few).toFloats(), few);
      ExactPosterior.of(exact, prior).covarianceTimes(same, level, vectors, vectors);
      EngineState.agree(found, vectors);
    }
  }

  @Benchmark
  public Samples hessianTimes() {
    posterior.hessianTimes(x, level, v, out);
    return out;
  }

  /** An output of {@code evaluate}, in two passes as the products are. */
  @Benchmark
  public Samples hessianDiagonal() {
    posterior.evaluate(x, level, Outputs.of().hessianDiagonal(out));
    return out;
  }

  @Benchmark
  public Samples covarianceTimes() {
    posterior.covarianceTimes(x, level, v, out);
    return out;
  }
}
