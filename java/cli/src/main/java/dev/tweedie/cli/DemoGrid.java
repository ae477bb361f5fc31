package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.metric.ModeWeights;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.schedule.Schedule;

/**
 * Sampling the 7 x 7 grid of Gaussians of Li et al. 2024, where a Gaussian reverse step cannot be
 * right in few steps: samples land between the modes.
 */
final class DemoGrid {
  static final int COUNT = 4000;
  private static final int SIDE = 190;
  private static final double HALF_WIDTH = 1.9;
  // Of one sample in a pixel; two make it white.
  private static final float BRIGHTNESS = 0.5f;

  private final GaussianMixture prior = (GaussianMixture) Builtin.parse("grid49");
  private final ExactPosterior posterior;
  private final long seed;

  DemoGrid(Engine engine, long seed) {
    this.posterior = ExactPosterior.of(engine, prior);
    this.seed = seed;
  }

  /** {@link #COUNT} samples, {@code COUNT x 2}. */
  Samples sample(Sampler sampler, Schedule schedule) {
    return new Chain(posterior, schedule, seed, COUNT).sample(sampler, 0, COUNT);
  }

  /** Share of the samples off the modes, and total variation of the modes' weights. */
  ModeWeights modes(Samples samples) {
    return ModeWeights.of(samples, prior);
  }

  /** Batches of samples in the plane, [-1.9, 1.9] x [-1.9, 1.9], as images: one row each. */
  Samples pictures(Samples... batches) {
    float[] pixels = new float[batches.length * SIDE * SIDE];
    for (int b = 0; b < batches.length; b++) {
      double[] points = batches[b].toDoubles();
      for (int i = 0; i < COUNT; i++) {
        int x = pixel(points[2 * i]);
        int y = pixel(-points[2 * i + 1]);
        if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) {
          pixels[(b * SIDE + y) * SIDE + x] += BRIGHTNESS;
        }
      }
    }
    return posterior.engine().samples(pixels, batches.length);
  }

  private static int pixel(double coordinate) {
    return (int) Math.floor((coordinate / HALF_WIDTH + 1) / 2 * SIDE);
  }
}
