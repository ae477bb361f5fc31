package dev.tweedie.backend.reference;

import dev.tweedie.schedule.Level;

/**
 * The step from level t back to a cleaner level u, for one eigenvalue of a component's covariance
 * (mathematics 1.4).
 */
final class EigenTransition {
  private final Level from;
  private final Level to;
  private final double alpha; // a_{t|u}
  private final double variance; // v

  EigenTransition(Level from, Level to) {
    this.from = from;
    this.to = to;
    this.alpha = from.transitionAlpha(to);
    this.variance = from.transitionVariance(to);
  }

  /** {@code a_u}. */
  double target() {
    return to.alpha();
  }

  /** {@code a_{t|u} P_u / P_t}: what is kept of the difference from the mean. */
  double keep(double c) {
    return alpha * shrink(c);
  }

  /** {@code sqrt(v P_u / P_t)}: the standard deviation of what is drawn. */
  double deviation(double c) {
    return Math.sqrt(variance * shrink(c));
  }

  private double shrink(double c) {
    return noisy(to, c) / noisy(from, c);
  }

  private static double noisy(Level level, double c) {
    return level.alpha() * level.alpha() * c + level.sigma() * level.sigma();
  }
}
