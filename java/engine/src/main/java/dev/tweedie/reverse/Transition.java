package dev.tweedie.reverse;

import dev.tweedie.backend.Coefficients;
import dev.tweedie.schedule.Level;

/**
 * What lies between a level t and a cleaner one u. All follows from the gain in log(alpha / sigma);
 * one minus a ratio of neighbouring levels is written with expm1, because subtracting loses its
 * digits. With {@link Level#CLEAN} the gain is infinite, and every formula takes its limit.
 *
 * @param from t, the noisier one
 * @param to u, or {@link Level#CLEAN}
 */
public record Transition(Level from, Level to) {
  /** {@code h = log(alpha_u / sigma_u) - log(alpha_t / sigma_t)}, above 0. */
  public double gain() {
    return from.gain(to);
  }

  /** {@code sigma_u / sigma_t}. */
  public double sigmaRatio() {
    return to.sigma() / from.sigma();
  }

  /** {@code 1 - SNR_t / SNR_u}, the share of sigma_t^2 that was added since u. */
  public double addedShare() {
    return -StrictMath.expm1(-2 * gain());
  }

  /** {@code alpha_u (1 - e^-h)}: how far the probability flow moves towards a frozen estimate. */
  public double pull() {
    return -to.alpha() * StrictMath.expm1(-gain());
  }

  /**
   * The probability flow from t to u, exact for a frozen estimate, {@code (sigma_u / sigma_t) x +
   * alpha_u (1 - e^-h) D}, plus a correction {@code c (D' - D)} by a second estimate. In y = x /
   * alpha, s = sigma / alpha it is Euler's step of {@code dy/ds = (y - D) / s} (Karras et al. 2022,
   * Eq. 4).
   */
  public Coefficients flow(double c) {
    return new Coefficients(sigmaRatio(), pull() - c, c, 0);
  }

  /**
   * The posterior mean E[x_u | x_t] with D in place of x_0, {@code alpha_{t|u} (sigma_u /
   * sigma_t)^2 x + alpha_u (v / sigma_t^2) D} (Ho et al. 2020, Eq. 7), plus noise.
   */
  public Coefficients posteriorMean(double noise) {
    return new Coefficients(
        sigmaRatio() * StrictMath.exp(-gain()), to.alpha() * addedShare(), 0, noise);
  }
}
