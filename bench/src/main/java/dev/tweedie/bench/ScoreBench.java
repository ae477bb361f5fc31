package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
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

/** Posterior means, and exact draws, for every kind of prior. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ScoreBench {
  /**
   * rows x dim x components of each kind: of the order of one third of a second on one AVX-512
   * core.
   */
  @Param({
    "points:256x784x9000",
    "isotropic:4096x16x1000",
    "diagonal:4096x64x256",
    "lowrank:1024x64x128",
    "full:1024x64x128"
  })
  public String work;

  private static final Level LEVEL = Level.of(0.8, 0.6);
  private static final NoiseAddress AT = NoiseAddress.of(1, 0, 1);
  private static final int RANK = 8;
  private ExactPosterior posterior;
  private Samples x;
  private Samples out;

  @Setup
  public void prepare(EngineState state) {
    String[] fields = work.split("[:x]");
    int rows = Integer.parseInt(fields[1]);
    int dim = Integer.parseInt(fields[2]);
    Prior prior = prior(fields[0], dim, Integer.parseInt(fields[3]));
    posterior = state.engine.posterior(prior);
    x = state.engine.samples(rows, dim);
    out = state.engine.samples(rows, dim);
    state.engine.backend().normal(NoiseAddress.of(1, 0, 0), x);
    try (Engine exact = Engine.open("java:scalar", 1)) {
      Samples few = x.slice(0, Math.min(rows, 33));
      Samples found = posterior.denoise(few, LEVEL);
      Samples same = exact.samples(few.toFloats(), (int) few.rows());
      EngineState.agree(found, exact.posterior(prior).denoise(same, LEVEL));
    }
  }

  static Prior prior(String kind, int dim, int components) {
    SplittableRandom random = new SplittableRandom(1);
    double[] weights = new double[components];
    Arrays.fill(weights, 1);
    double[] means = random.doubles((long) components * dim, -1, 1).toArray();
    if (kind.equals("points")) {
      return DataSet.of(means, dim);
    }
    Covariance covariance =
        switch (kind) {
          case "isotropic" -> new Covariance.Isotropic(random.doubles(components).toArray());
          case "diagonal" ->
              new Covariance.Diagonal(random.doubles((long) components * dim).toArray());
          case "lowrank" ->
              new Covariance.LowRank(
                  random.doubles((long) components * dim * RANK, -1, 1).toArray(),
                  RANK,
                  random.doubles(components).toArray());
          case "full" -> new Covariance.Full(tridiagonal(components, dim));
          default -> throw new IllegalArgumentException(kind);
        };
    return new GaussianMixture(weights, means, dim, covariance);
  }

  private static double[] tridiagonal(int components, int dim) {
    double[] matrices = new double[components * dim * dim];
    for (int k = 0; k < components; k++) {
      for (int j = 0; j < dim; j++) {
        matrices[(k * dim + j) * dim + j] = 1;
        if (j > 0) {
          matrices[(k * dim + j) * dim + j - 1] = 0.4;
          matrices[(k * dim + j - 1) * dim + j] = 0.4;
        }
      }
    }
    return matrices;
  }

  @Benchmark
  public Samples evaluate() {
    posterior.denoise(x, LEVEL, out);
    return out;
  }

  @Benchmark
  public Samples draw() {
    posterior.draw(x, LEVEL, Level.CLEAN, AT, out);
    return out;
  }
}
