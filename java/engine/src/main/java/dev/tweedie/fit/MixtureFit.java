package dev.tweedie.fit;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.MixtureParameters;
import java.util.List;

/**
 * A mixture fitted to data.
 *
 * @param parameters weights, means and covariances, the floor included, after the last iteration
 * @param logLikelihoods mean log-likelihood of a row in nats, one an iteration, under the
 *     parameters that the iteration began with
 * @param converged whether the last change was under the tolerance
 * @param restart which starting point this is from, counted from 0
 * @param warnings what a user should know, a sentence each
 */
public record MixtureFit(
    MixtureParameters parameters,
    double[] logLikelihoods,
    boolean converged,
    int restart,
    List<String> warnings) {
  public MixtureFit {
    logLikelihoods = logLikelihoods.clone();
    warnings = List.copyOf(warnings);
  }

  @Override
  public double[] logLikelihoods() {
    return logLikelihoods.clone();
  }

  /** The fitted prior; full covariances are decomposed here. */
  public GaussianMixture mixture() {
    return parameters.toPrior();
  }

  /** Mean log-likelihood of a row in the last iteration. */
  public double logLikelihood() {
    return logLikelihoods[logLikelihoods.length - 1];
  }
}
