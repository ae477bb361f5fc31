package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The exact blind denoiser, and what its levels cost one by one, for every kind of prior. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class BlindBench {
  /** As {@link ScoreWork} reads it; 33 levels of its own. */
  @Param({
    "points:128x784x9000",
    "isotropic:1024x16x1000",
    "diagonal:1024x64x256",
    "lowrank:512x64x128",
    "full:512x64x128"
  })
  public String work;

  private static final LevelPrior LEVELS = LevelPrior.powerLaw(1, 0.05, 5, 33);
  private ExactPosterior posterior;
  private ExactBlindDenoiser denoiser;
  private Samples x;
  private Samples out;
  private Samples evidence;

  @Setup
  public void prepare(EngineState state) {
    ScoreWork score = ScoreWork.parse(work);
    Prior prior = score.prior();
    int rows = score.rows();
    int dim = score.dim();
    posterior = ExactPosterior.of(state.engine(), prior);
    denoiser = new ExactBlindDenoiser(posterior, LEVELS);
    x = state.engine().samples(rows, dim);
    out = state.engine().samples(rows, dim);
    evidence = state.engine().samples(rows, 1);
    state.engine().backend().normal(NoiseAddress.of(1, 0, 0), x);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      Samples few = x.slice(0, score.few());
      Samples same = exact.samples(few.toFloats(), (int) few.rows());
      var expected = new ExactBlindDenoiser(ExactPosterior.of(exact, prior), LEVELS);
      EngineState.agree(denoiser.denoise(few), expected.denoise(same));
    }
  }

  @Benchmark
  public Samples blind() {
    denoiser.denoise(x, out);
    return out;
  }

  /** Evidence and mean at each level, without what it takes to mix them. */
  @Benchmark
  public Samples levelByLevel() {
    for (int s = 0; s < LEVELS.size(); s++) {
      posterior.evaluate(x, LEVELS.level(s), Outputs.of().evidence(evidence).mean(out));
    }
    return out;
  }

  /** As the card of blind says. */
  static Cost cost(String work) {
    ScoreWork score = ScoreWork.parse(work);
    double pairs = (double) score.rows() * score.components();
    double d = score.dim();
    double levels = LEVELS.size();
    double flops =
        20 * levels
            + switch (score.kind()) {
              case "diagonal" -> 4 * d * levels;
              case "lowrank" -> 6 * d * ScoreWork.RANK + 4 * ScoreWork.RANK * levels;
              case "full" -> 4 * d * d + 4 * d * levels;
              default -> 5 * d;
            };
    return new Cost(pairs, pairs * flops, ScoreBench.cost(work).bytes());
  }
}
