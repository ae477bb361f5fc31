package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.blind.AnalyticEstimate;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.GridEstimator;
import dev.tweedie.blind.LikelihoodEstimator;
import dev.tweedie.curvature.LineMeasure;
import dev.tweedie.metric.Wasserstein;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import java.util.stream.IntStream;

/**
 * The measures of Kadkhodaie et al. that are known exactly: data of a few dimensions in d, of which
 * all others are zero.
 */
final class BlindMeasures {
  static final String PAPER = "Kadkhodaie et al. 2026, ";

  /** Of each Gaussian along the data's own directions; the paper prints none. */
  static final double VARIANCE = .16;

  /** Of the two Gaussians, at plus and minus this along e_1. */
  static final double MEAN = 2;

  private BlindMeasures() {}

  /**
   * Two Gaussians around -2 e_1 and 2 e_1, of variance 0.16 along the first {@code rank} directions
   * and 0 along all others.
   */
  static GaussianMixture twoGaussians(int dim, int rank) {
    double[] means = new double[2 * dim];
    means[0] = -MEAN;
    means[dim] = MEAN;
    double[] factors = new double[2 * dim * rank];
    for (int k = 0; k < 2; k++) {
      for (int j = 0; j < rank; j++) {
        factors[(k * dim + j) * rank + j] = Math.sqrt(VARIANCE);
      }
    }
    return new GaussianMixture(
        new double[] {1, 1}, means, dim, new Covariance.LowRank(factors, rank, new double[2]));
  }

  /** {@code rows x d} draws of the prior. */
  static Samples clean(ExactPosterior posterior, int rows, long seed) {
    Samples x = posterior.engine().samples(rows, posterior.dim());
    new PriorSampler(posterior).draw(NoiseAddress.of(seed, Streams.PRIOR, 0), x);
    return x;
  }

  static Samples noisy(Engine engine, Samples clean, double sigma, long seed) {
    Samples y = engine.samples(clean.rows(), clean.dim());
    NoiseAddress at = NoiseAddress.of(seed, Streams.FORWARD, 0);
    engine.backend().step(new Coefficients(1, 0, 0, sigma), StepTerms.of(clean, y).noise(at));
    return y;
  }

  /** The denoiser at the most likely level (Algorithm 3); 40 levels, then Newton's method. */
  static BlindEstimate mostLikely(ExactPosterior posterior, double smallest, double largest) {
    GridEstimator grid = new GridEstimator(posterior, smallest, largest, 40);
    return new AnalyticEstimate(posterior, LikelihoodEstimator.newton(grid));
  }

  /** Levels of the implicit schedule, from the first down. */
  static double[] schedule(BlindStep step, double start, double stop) {
    return IntStream.rangeClosed(0, step.steps(start, stop))
        .mapToDouble(k -> start * Math.pow(step.contraction(), k))
        .toArray();
  }

  /** Quantiles of {@code |x_1|} at sigma, of two Gaussians: midpoints of {@code count} cells. */
  private static double[] foldedQuantiles(double sigma, int count) {
    double[] variances = {VARIANCE + sigma * sigma, VARIANCE + sigma * sigma};
    LineMeasure law =
        LineMeasure.of(
            new GaussianMixture(
                new double[] {1, 1},
                new double[] {-MEAN, MEAN},
                1,
                new Covariance.Isotropic(variances)));
    // By symmetry those of x_1 above its median.
    return IntStream.range(0, count)
        .mapToDouble(i -> law.quantile(.5 + .5 * (i + .5) / count))
        .toArray();
  }

  /**
   * Of samples of two Gaussians from their law at sigma, along e_1 and folded: both modes as one.
   */
  static double distance(Samples samples, double sigma) {
    return Wasserstein.folded(column(samples, 0), foldedQuantiles(sigma, 4000));
  }

  /** {@code values[., column]}. */
  static double[] column(Samples values, int column) {
    return IntStream.range(0, Math.toIntExact(values.rows()))
        .mapToDouble(i -> values.get(i, column))
        .toArray();
  }

  /** A histogram over 0 to 3, drawn as stairs. */
  static void density(Plot plot, String name, double[] values) {
    double width = .05;
    double[] height = new double[60];
    for (double value : values) {
      int cell = (int) (value / width);
      if (cell < height.length) {
        height[cell] += 1 / (width * values.length);
      }
    }
    plot.line(
        name,
        IntStream.range(1, 2 * height.length + 1).mapToDouble(i -> i / 2 * width).toArray(),
        IntStream.range(0, 2 * height.length).mapToDouble(i -> height[i / 2]).toArray());
  }
}
