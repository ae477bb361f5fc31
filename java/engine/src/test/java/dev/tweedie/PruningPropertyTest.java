package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.backend.Backends;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A million small data sets with the filter and without it: the same bits. The test {@code filter}
 * of the C code has ten thousand in the ordinary run, of designs that are made to break it.
 */
class PruningPropertyTest {
  private static final int CASES = 1_000_000;

  @Test
  @Tag("slow")
  void aMillionSmallDataSets() {
    compare(CASES);
  }

  @Test
  void someSmallDataSets() {
    compare(200);
  }

  private static void compare(int cases) {
    assumeTrue(
        Backends.tiers().stream()
            .anyMatch(tier -> tier.name().equals("cpu:scalar") && tier.reason().isEmpty()),
        "no kernels with a filter here");
    EngineOptions options = EngineOptions.of().backend("cpu").threads(1).announced(false);
    try (Engine on = Engine.open(options.pruning(Pruning.ON));
        Engine off = Engine.open(options.pruning(Pruning.OFF))) {
      for (int seed = 0; seed < cases; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        int dim = random.nextBoolean() ? random.nextInt(1, 32) : random.nextInt(32, 140);
        int size = random.nextInt(1, 300);
        int rows = random.nextInt(1, 40);
        double sigma = Math.exp(random.nextDouble(Math.log(1e-6), Math.log(1e3)));
        Level level = Level.of(Math.exp(random.nextDouble(Math.log(1e-3), 0)), sigma);
        float[] points = numbers(random, size * dim, 1);
        if (random.nextBoolean()) {
          cluster(random, points, dim);
        }
        float[] x = numbers(random, rows * dim, sigma);
        for (int i = 0; i < x.length; i++) {
          x[i] += (float) (level.alpha() * points[i % points.length]);
        }
        DataSet prior = DataSet.of(points, dim);
        prior = random.nextBoolean() ? prior.clustered() : prior;
        assertArrayEquals(
            mean(off, prior, x, rows, level), mean(on, prior, x, rows, level), "seed " + seed);
      }
    }
  }

  /** Moves points to a few places far from each other. */
  private static void cluster(SplittableRandom random, float[] points, int dim) {
    float[] places = numbers(random, 5 * dim, Math.exp(random.nextDouble(6)));
    for (int i = 0; i < points.length; i++) {
      points[i] += places[i / dim % 5 * dim + i % dim];
    }
  }

  private static float[] mean(Engine engine, DataSet prior, float[] x, int rows, Level level) {
    try (Scope _ = engine.scope();
        ExactPosterior posterior = ExactPosterior.of(engine, prior)) {
      return posterior.denoise(engine.samples(x, rows), level).toFloats();
    }
  }

  private static float[] numbers(SplittableRandom random, int count, double scale) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (scale * random.nextGaussian());
    }
    return numbers;
  }
}
