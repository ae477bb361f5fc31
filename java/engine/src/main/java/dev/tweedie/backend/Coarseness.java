package dev.tweedie.backend;

/**
 * What a backend of fast mode that rounds factors adds to the errors that {@link Backend#evaluate}
 * states, where components share one variance and d is at least 32.
 *
 * @param logit to the error of a logit
 * @param share to that of a mean, as a share of the data's range
 * @param bytesOnly only where means are bytes
 */
public record Coarseness(double logit, double share, boolean bytesOnly) {
  /** That of exact mode. */
  public static final Coarseness NONE = new Coarseness(0, 0, false);
}
