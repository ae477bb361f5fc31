package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
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
  // Of a mode's 2-D Gaussian, e^-8 = 0.03 % lies farther out than this.
  private static final double FAR = 4 * 0.05;
  private static final int SIDE = 190;
  private static final double HALF_WIDTH = 1.9;
  // Of one sample in a pixel; two make it white.
  private static final float BRIGHTNESS = 0.5f;

  private final GaussianMixture prior = (GaussianMixture) Builtin.of("grid49");
  private final ExactPosterior posterior;
  private final long seed;

  DemoGrid(Engine engine, long seed) {
    this.posterior = engine.posterior(prior);
    this.seed = seed;
  }

  /** {@link #COUNT} samples, {@code COUNT x 2}. */
  Samples sample(Sampler sampler, Schedule schedule) {
    return new Chain(posterior, schedule, seed, COUNT).sample(sampler, 0, COUNT);
  }

  /** Share of the samples that are farther than 4 standard deviations from every mode. */
  double offModes(Samples samples) {
    int far = 0;
    for (int i = 0; i < COUNT; i++) {
      far += distance(samples, i, nearest(samples, i)) > FAR ? 1 : 0;
    }
    return (double) far / COUNT;
  }

  /** Total variation between the shares of the modes and 1 / 49 each. */
  double totalVariation(Samples samples) {
    int[] counts = new int[prior.components()];
    for (int i = 0; i < COUNT; i++) {
      counts[nearest(samples, i)]++;
    }
    double sum = 0;
    for (int k = 0; k < counts.length; k++) {
      sum += Math.abs((double) counts[k] / COUNT - prior.weight(k));
    }
    return sum / 2;
  }

  private int nearest(Samples samples, int i) {
    int best = 0;
    for (int k = 1; k < prior.components(); k++) {
      best = distance(samples, i, k) < distance(samples, i, best) ? k : best;
    }
    return best;
  }

  private double distance(Samples samples, int i, int k) {
    return Math.hypot(samples.get(i, 0) - prior.mean(k, 0), samples.get(i, 1) - prior.mean(k, 1));
  }

  /** Batches of samples in the plane, [-1.9, 1.9] x [-1.9, 1.9], as images: one row each. */
  Samples pictures(Samples... batches) {
    float[] pixels = new float[batches.length * SIDE * SIDE];
    for (int b = 0; b < batches.length; b++) {
      for (int i = 0; i < COUNT; i++) {
        int x = pixel(batches[b].get(i, 0));
        int y = pixel(-batches[b].get(i, 1));
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
