package dev.tweedie.reverse.kernel;

import dev.tweedie.reverse.Transition;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;

/**
 * How the stepwise conditional mean {@code f_t(x) = E[x_u | x_t = x]} stretches distances. Its
 * Jacobian is symmetric, and linear in the posterior covariance C of x_0,
 *
 * <pre>
 * df_t/dx = kappa_x I + (kappa_0 a_t / s_t^2) C(x)
 *         = (I + beta_t H(x)) / sqrt(1 - beta_t)      for a DDPM step of beta_t, H = Hessian of log p_t
 * </pre>
 *
 * so its eigenvalues lie between {@code least}, where C is 0, and the bound of {@link #largest}.
 * Exact facts about the Lipschitz constants that Fesl et al. 2025 bound for their networks.
 *
 * @param least kappa_x, for a DDPM step {@code sqrt(1 - beta_t) (1 - abar_u) / (1 - abar_t)}: never
 *     below this; also the Lipschitz constant where the estimate of x_0 is held fixed
 * @param logConcave {@code a_u / a_t}, for a DDPM step {@code 1 / sqrt(1 - beta_t)}: never above
 *     this where {@code p_t} is log-concave, and above it wherever it is not
 */
public record StepSlope(double least, double logConcave) {
  /** Of the step from one level to a cleaner one. */
  public static StepSlope of(Level from, Level to) {
    return new StepSlope(new Transition(from, to).posteriorMean(0).a(), to.alpha() / from.alpha());
  }

  /**
   * The largest eigenvalue of {@code df_t/dx} at a point.
   *
   * @param localisation {@code L(x) = (a_t^2 / s_t^2) lambda_max(C(x))}, &gt;= 0; at most 1
   *     everywhere means that p_t is log-concave
   */
  public double largest(double localisation) {
    return least + (logConcave - least) * localisation;
  }

  /**
   * The Lipschitz constant of a chain down to the schedule's cleanest level with the estimate of
   * x_0 held fixed: the product of {@code least} over the steps {@code start .. 1}. It telescopes
   * to {@code (a_t / a_0) (s_0 / s_t)^2}, a figure of its two ends alone, whatever lies between
   * them.
   *
   * @param start index in the schedule; 0 gives 1
   */
  public static double frozen(Schedule schedule, int start) {
    Level cleanest = schedule.level(0);
    Level level = schedule.level(start);
    double ratio = cleanest.sigma() / level.sigma();
    return level.alpha() / cleanest.alpha() * ratio * ratio;
  }
}
