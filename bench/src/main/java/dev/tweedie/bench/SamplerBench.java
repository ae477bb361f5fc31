package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
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
 * Whole chains of 50 steps. With {@code -prof gc} the bytes an operation allocates, divided by 50,
 * are the bytes a step: they must not grow with rows, components or dim.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SamplerBench {
  static final int STEPS = 50;

  private static final String KARRAS = "@karras";
  private static final int KARRAS_STEPS = 20;

  /**
   * Sampler, {@code @karras} for 20 steps from sigma 20 to 0.02, and prior, as {@link ScoreWork}
   * writes it; its rows are the chain's.
   */
  @Param({"ddpm=diagonal:64x16x32", "ddpm=diagonal:4096x64x32"})
  public String work;

  private Sampler rule;
  private Schedule schedule;
  private Chain chain;
  private int rows;

  @Setup
  public void prepare(EngineState state) {
    String[] fields = work.split("=");
    ScoreWork score = ScoreWork.parse(fields[1]);
    rule = Samplers.parse(fields[0].split("@")[0]);
    schedule = schedule(fields[0]);
    rows = score.rows();
    Prior prior = score.prior();
    state.engine().backend().prune(score.pruning());
    chain = chain(state.engine(), prior);
    int few = Math.min(rows, 3); // whole chains take their time
    try (Engine exact = Engine.open("java:scalar")) {
      EngineState.agree(chain.sample(rule, 0, few), chain(exact, prior).sample(rule, 0, few));
    }
  }

  private Chain chain(Engine engine, Prior prior) {
    return new Chain(ExactPosterior.of(engine, prior), schedule, 1, rows);
  }

  private static Schedule schedule(String text) {
    return text.endsWith(KARRAS)
        ? Schedules.karras(KARRAS_STEPS, 0.02, 20, 7)
        : Schedules.vpCosine(1000).respace(STEPS);
  }

  @Benchmark
  public Samples sample() {
    return chain.sample(rule, 0, rows);
  }

  /** The scores; the steps between them are a small part. */
  static Cost cost(String work) {
    String[] fields = work.split("=");
    int steps = fields[0].endsWith(KARRAS) ? KARRAS_STEPS : STEPS;
    return ScoreBench.cost(fields[1]).times(steps);
  }
}
