package dev.tweedie.blind;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;

/**
 * The analytic example of Kadkhodaie et al.: Gaussians of variance 0.16 around -2 e_1 and 2 e_1 in
 * the plane, in d dimensions of which all others are zero. The data's own dimension is 2.
 */
final class TwoLines {
  static final double VARIANCE = 0.16;

  private TwoLines() {}

  static ExactPosterior in(Engine engine, int dim) {
    double[] means = new double[2 * dim];
    means[0] = -2;
    means[dim] = 2;
    double[] factors = new double[2 * dim * 2];
    for (int k = 0; k < 2; k++) {
      factors[k * dim * 2] = Math.sqrt(VARIANCE);
      factors[(k * dim + 1) * 2 + 1] = Math.sqrt(VARIANCE);
    }
    return ExactPosterior.of(
        engine,
        new GaussianMixture(
            new double[] {1, 1}, means, dim, new Covariance.LowRank(factors, 2, new double[2])));
  }

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
}
