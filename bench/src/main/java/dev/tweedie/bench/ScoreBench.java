package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Posterior means, and exact draws, for every kind of prior. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ScoreBench {
  /** As {@link ScoreWork} reads it. */
  @Param({
    "points:256x784x9000@1/20",
    "isotropic:4096x16x1000",
    "diagonal:4096x64x256",
    "lowrank:1024x64x128",
    "full:1024x64x128"
  })
  public String work;

  private static final NoiseAddress AT = NoiseAddress.of(1, 0, 1);
  private ExactPosterior posterior;
  private List<Level> levels;
  private List<Samples> x;
  private Samples out;

  @Setup
  public void prepare(EngineState state) {
    ScoreWork score = ScoreWork.parse(work);
    Prior prior = score.prior();
    levels = score.levels();
    state.engine.backend().prune(score.pruning());
    posterior = ExactPosterior.of(state.engine, prior);
    x = score.inputs(state.engine, prior);
    out = state.engine.samples(score.rows(), score.dim());
    try (Engine exact = Engine.open("java:scalar")) {
      ExactPosterior expected = ExactPosterior.of(exact, prior);
      for (int i = 0; i < levels.size(); i++) {
        Samples few = x.get(i).slice(0, score.few());
        Samples same = exact.samples(few.toFloats(), score.few());
        state.agreeInMode(
            posterior.denoise(few, levels.get(i)), expected.denoise(same, levels.get(i)));
      }
    }
  }

  @Benchmark
  public Samples evaluate() {
    for (int i = 0; i < levels.size(); i++) {
      posterior.denoise(x.get(i), levels.get(i), out);
    }
    return out;
  }

  @Benchmark
  public Samples draw() {
    for (int i = 0; i < levels.size(); i++) {
      posterior.draw(x.get(i), levels.get(i), Level.CLEAN, AT, out);
    }
    return out;
  }
}
