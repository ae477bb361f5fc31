package dev.tweedie.examples.bench;

import dev.tweedie.Samples;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A benchmark of one's own, over our engines, priors and rows of named sizes: to be copied. */
@State(Scope.Thread)
public class OwnBench {
  @Param("diagonal:1024x64x256@0.8/0.6")
  public String work;

  private ScoreWork sizes;
  private ExactPosterior posterior;
  private Samples x;

  /** {@code state} is JMH's: {@code -p backend=cpu:avx2 -p threads=2} say which engine it opens. */
  @Setup
  public void prepare(EngineState state) {
    sizes = ScoreWork.parse(work);
    Prior prior = sizes.prior();
    posterior = ExactPosterior.of(state.engine(), prior);
    x = sizes.inputs(state.engine(), prior).getFirst();
  }

  /** What is timed; here the mean and how far it moves each row. */
  @Benchmark
  public double[] meanSquaredStep() {
    Samples mean = posterior.denoise(x, sizes.levels().getFirst());
    double[] steps = new double[sizes.rows()];
    float[] from = x.toFloats();
    float[] to = mean.toFloats();
    for (int i = 0; i < from.length; i++) {
      steps[i / sizes.dim()] += Math.pow(to[i] - from[i], 2) / sizes.dim();
    }
    return steps;
  }
}
