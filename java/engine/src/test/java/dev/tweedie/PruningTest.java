package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.tweedie.backend.Backends;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Leaving components out changes no bit; the test {@code filter} of the C code has hard cases. */
class PruningTest {
  private static final int DIM = 48;
  private static final int ROWS = 70;

  /** Points in ten clusters: more than a shard of them. */
  private static float[] points(int size) {
    SplittableRandom random = new SplittableRandom(1);
    float[] points = new float[size * DIM];
    for (int i = 0; i < points.length; i++) {
      int cluster = i / DIM % 10;
      points[i] = (float) (3 * Math.cos(cluster * (i % DIM)) + random.nextGaussian());
    }
    return points;
  }

  private static float[] rows(float[] points, double sigma) {
    SplittableRandom random = new SplittableRandom(2);
    float[] rows = new float[ROWS * DIM];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = points[i] + (float) (sigma * random.nextGaussian());
    }
    return rows;
  }

  private static Engine open(String backend, Pruning pruning) {
    return Engine.open(
        EngineOptions.of().backend(backend).threads(2).announced(false).pruning(pruning));
  }

  private static List<String> tiers() {
    List<String> tiers = new ArrayList<>();
    Backends.tiers().stream()
        .filter(tier -> tier.name().startsWith("cpu:") && tier.reason().isEmpty())
        .forEach(tier -> tiers.add(tier.name()));
    return tiers;
  }

  private static List<float[]> results(Engine engine, Prior prior, float[] x, Level level) {
    try (ExactPosterior posterior = ExactPosterior.of(engine, prior)) {
      Samples rows = engine.samples(x, ROWS);
      int dim = prior.dim();
      var outputs =
          posterior.evaluate(
              rows,
              level,
              Output.EVIDENCE,
              Output.MEAN,
              Output.SCORE,
              Output.TRACE,
              Output.DIAGONAL);
      Samples times = engine.samples(ROWS, dim);
      Samples drawn = engine.samples(ROWS, dim);
      posterior.covarianceTimes(rows, level, rows, times);
      Level target = Level.ofSigma(level.sigma() / 2);
      posterior.draw(rows, level, target, new NoiseAddress(1, 0, 0, 0, 0), drawn);
      return List.of(
          outputs.get(Output.EVIDENCE).orElseThrow().toFloats(),
          outputs.get(Output.MEAN).orElseThrow().toFloats(),
          outputs.get(Output.SCORE).orElseThrow().toFloats(),
          outputs.get(Output.TRACE).orElseThrow().toFloats(),
          outputs.get(Output.DIAGONAL).orElseThrow().toFloats(),
          times.toFloats(),
          drawn.toFloats());
    }
  }

  @Test
  void noBitChanges() {
    assumeFalse(tiers().isEmpty(), "no kernels with a filter here");
    float[] points = points(8_200);
    DataSet prior = DataSet.of(points, DIM);
    for (double sigma : new double[] {0.01, 0.3, 1, 4}) {
      float[] x = rows(points, sigma);
      Level level = Level.ofSigma(sigma);
      for (String tier : tiers()) {
        List<float[]> off;
        try (Engine engine = open(tier, Pruning.OFF)) {
          off = results(engine, prior, x, level);
          assertEquals(PairCount.NONE, engine.pairs());
        }
        for (Pruning pruning : new Pruning[] {Pruning.ON, Pruning.AUTO}) {
          try (Engine engine = open(tier, pruning)) {
            List<float[]> on = results(engine, prior, x, level);
            for (int i = 0; i < off.size(); i++) {
              assertArrayEquals(
                  off.get(i), on.get(i), tier + " " + pruning + " " + sigma + " " + i);
            }
            if (pruning == Pruning.ON && sigma < 1) {
              assertTrue(engine.pairs().share() > 0.5, engine.pairs().toString());
            }
          }
        }
      }
    }
  }

  /** Several shards, of which most are out of reach; for one thread, and for more than rows. */
  @Test
  void noBitChangesWhereShardsAreOutOfReach() {
    assumeFalse(tiers().isEmpty(), "no kernels with a filter here");
    for (int dim : new int[] {2, 48}) {
      int size = 40_500;
      float[] points = far(size, dim);
      double[] weights = new SplittableRandom(3).doubles(size).toArray();
      for (int k = 0; k < 100; k++) {
        weights[k * 300] = 0;
      }
      DataSet equal = DataSet.of(points, dim).clustered();
      for (DataSet prior : List.of(equal, equal.withWeights(weights))) {
        float[] x = new float[ROWS * dim];
        double[] point = new double[dim];
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < ROWS; i++) {
          prior.copyMean(random.nextInt(size), point);
          for (int j = 0; j < dim; j++) {
            x[i * dim + j] = (float) (point[j] + 0.3 * random.nextGaussian());
          }
        }
        Level level = Level.ofSigma(0.3);
        for (String tier : tiers()) {
          List<float[]> off;
          try (Engine engine = open(tier, Pruning.OFF)) {
            off = results(engine, prior, x, level);
          }
          for (Pruning pruning : new Pruning[] {Pruning.ON, Pruning.AUTO}) {
            for (int threads : new int[] {1, 3}) {
              EngineOptions options = EngineOptions.of().backend(tier).threads(threads);
              try (Engine engine = Engine.open(options.announced(false).pruning(pruning))) {
                List<float[]> on = results(engine, prior, x, level);
                for (int i = 0; i < off.size(); i++) {
                  assertArrayEquals(off.get(i), on.get(i), tier + " " + pruning + " " + i);
                }
                assertTrue(engine.pairs().share() > 0.5, tier + " " + engine.pairs());
              }
            }
          }
        }
      }
    }
  }

  /** Points around 200 places, in turn. */
  private static float[] far(int size, int dim) {
    SplittableRandom random = new SplittableRandom(5);
    float[] places = new float[200 * dim];
    for (int i = 0; i < places.length; i++) {
      places[i] = (float) (100 * random.nextGaussian());
    }
    float[] points = new float[size * dim];
    for (int i = 0; i < points.length; i++) {
      points[i] = places[i / dim % 200 * dim + i % dim] + (float) random.nextGaussian();
    }
    return points;
  }

  @Test
  void aBackendWithoutFilterRefusesToBeForced() {
    var refused =
        assertThrows(InvalidInputException.class, () -> open("java:vector", Pruning.ON).close());
    assertTrue(refused.getMessage().startsWith("pruning: found on, allowed"), refused.getMessage());
    open("java:vector", Pruning.AUTO).close();
  }
}
