package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.bench.states.ScoreWork;
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
    state.engine().backend().prune(score.pruning());
    posterior = ExactPosterior.of(state.engine(), prior);
    x = score.inputs(state.engine(), prior);
    out = state.engine().samples(score.rows(), score.dim());
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

  /** Over all levels; the figures of the card of {@code evaluate}. */
  static Cost cost(String work) {
    ScoreWork score = ScoreWork.parse(work);
    double dim = score.dim();
    double levels = score.levels().size();
    double pairs = (double) score.rows() * score.components() * levels;
    double flops =
        switch (score.kind()) {
          case "diagonal" -> 8.0 * dim;
          case "lowrank" -> 6.0 * dim * ScoreWork.RANK;
          case "full", "random" -> 4.0 * dim * dim;
          default -> 4.0 * dim;
        };
    double numbers =
        switch (score.kind()) {
          case "diagonal" -> 4.0 * dim; // of each component: mean, scale, shift, slope and pull
          case "lowrank" -> (ScoreWork.RANK + 1.0) * dim;
          case "full", "random" -> (dim + 1.0) * dim;
          default -> dim;
        };
    double bytes = Float.BYTES * levels * (score.components() * numbers + 2.0 * score.rows() * dim);
    return new Cost(pairs, pairs * (flops + 20), bytes);
  }
}
