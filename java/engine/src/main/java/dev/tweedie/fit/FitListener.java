package dev.tweedie.fit;

/** Told of every iteration of a fit. */
@FunctionalInterface
public interface FitListener {
  /**
   * @param restart number of the starting point, from 0
   * @param iteration number of the iteration, from 1
   * @param logLikelihood mean log-likelihood of a row, in nats
   */
  void iteration(int restart, int iteration, double logLikelihood);
}
