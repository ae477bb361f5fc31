package dev.tweedie.reverse.kernel;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.reference.MixturePosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.reverse.Transition;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import java.util.Arrays;

/**
 * How a truncated chain on the line stretches distances: the derivative of its end with respect to
 * its start, in float64 on the host.
 *
 * <p>By the chain rule, as the product of {@code df_t/dx = kappa_x + kappa_0 (a_t / s_t^2) C(x)}
 * along the path ({@link StepSlope}). Between two modes it reaches 10^8 within a distance of 10^-8,
 * which differences over a grid cannot show. Source: mathematics 3(c).
 */
public final class ChainSlope {
  private ChainSlope() {}

  /**
   * The derivative at each of some starting points.
   *
   * @param prior of one dimension
   * @param start index in the schedule
   * @param x finite numbers at {@code schedule.level(start)}
   * @throws InvalidInputException where the prior is not of one dimension
   */
  public static double[] of(Prior prior, Schedule schedule, int start, double... x) {
    if (prior.dim() != 1) {
      throw new InvalidInputException("prior: found dimension " + prior.dim() + ", allowed: 1");
    }
    double[] states = x.clone();
    double[] slopes = new double[x.length];
    Arrays.fill(slopes, 1);
    double[] variance = new double[1];
    for (int index = start; index >= 0; index--) {
      Level level = schedule.level(index);
      Coefficients step = new Transition(level, schedule.below(index)).posteriorMean(0);
      double gain = level.alpha() / (level.sigma() * level.sigma());
      MixturePosterior posterior = MixturePosterior.of(prior, level);
      for (int i = 0; i < states.length; i++) {
        posterior.x()[0] = states[i];
        posterior.evaluate();
        double mean = posterior.mean()[0]; // first: the covariance is about it
        posterior.covarianceDiagonal(variance);
        slopes[i] *= step.a() + step.b() * gain * variance[0];
        states[i] = step.a() * states[i] + step.b() * mean;
      }
    }
    return slopes;
  }
}
