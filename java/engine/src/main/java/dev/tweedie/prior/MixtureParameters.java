package dev.tweedie.prior;

import java.io.Serializable;
import java.util.stream.IntStream;

/**
 * The numbers of a Gaussian mixture as a fit finds them and a file keeps them; whether they are
 * allowed, {@link #toPrior} asks.
 *
 * @param weights K, not normalised
 * @param means K x d, row-major
 * @param dim d
 * @param covariance the kind and its numbers
 */
public record MixtureParameters(double[] weights, double[] means, int dim, Covariance covariance)
    implements Serializable {
  public MixtureParameters {
    weights = weights.clone();
    means = means.clone();
  }

  @Override
  public double[] weights() {
    return weights.clone();
  }

  @Override
  public double[] means() {
    return means.clone();
  }

  /** The parameters of a prior, its weights normalised. */
  public static MixtureParameters of(GaussianMixture prior) {
    int k = prior.components();
    int dim = prior.dim();
    double[] weights = IntStream.range(0, k).mapToDouble(prior::weight).toArray();
    double[] means =
        IntStream.range(0, k * dim).mapToDouble(i -> prior.mean(i / dim, i % dim)).toArray();
    return new MixtureParameters(weights, means, dim, prior.covariance());
  }

  /** Number of components, K. */
  public int components() {
    return weights.length;
  }

  /**
   * The prior with these parameters.
   *
   * @throws dev.tweedie.InvalidInputException if a value is not allowed
   */
  public GaussianMixture toPrior() {
    return new GaussianMixture(weights, means, dim, covariance);
  }
}
