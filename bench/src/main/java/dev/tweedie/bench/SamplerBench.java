package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedules;
import java.util.Arrays;
import java.util.SplittableRandom;
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
 * are the bytes a step: they must not grow with rows or dim.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SamplerBench {
  private static final int STEPS = 50;
  private static final int COMPONENTS = 32;

  @Param({"ddpm", "dpmpp-2m", "mixture"})
  public String sampler;

  @Param({"64", "4096"})
  public int rows;

  @Param({"16", "64"})
  public int dim;

  private Sampler rule;
  private Chain chain;

  @Setup
  public void prepare(EngineState state) {
    rule = Samplers.of(sampler);
    chain = chain(state.engine);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      int few = Math.min(rows, 33);
      EngineState.agree(chain.sample(rule, 0, few), chain(exact).sample(rule, 0, few));
    }
  }

  private Chain chain(Engine engine) {
    SplittableRandom random = new SplittableRandom(1);
    double[] weights = new double[COMPONENTS];
    Arrays.fill(weights, 1);
    double[] means = random.doubles((long) COMPONENTS * dim, -1, 1).toArray();
    double[] variances = random.doubles((long) COMPONENTS * dim, 0, 0.1).toArray();
    var prior = new GaussianMixture(weights, means, dim, new Covariance.Diagonal(variances));
    var schedule = Schedules.vpCosine(1000).respace(STEPS);
    return new Chain(engine.posterior(prior), schedule, 1, rows);
  }

  @Benchmark
  public Samples sample() {
    return chain.sample(rule, 0, rows);
  }
}
