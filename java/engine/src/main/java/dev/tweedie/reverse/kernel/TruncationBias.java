package dev.tweedie.reverse.kernel;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.reference.MixturePosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.reverse.Transition;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;

/**
 * Why a truncated chain is not the conditional mean, at one point in float64 on the host. {@code
 * E[x_0 | x_t]} is a martingale along the stochastic reverse chain; without its noise each step
 * leaves, to first order, half its variance v_t times a Laplacian:
 *
 * <pre>
 * chain - E[x_0 | x_t-hat]  =  -1/2 sum_t v_t Laplacian D_t(x_t)
 * Laplacian D_t             =  (a_t / s_t^2)^2 E[(x_0 - D) |x_0 - D|^2 | x_t]
 * </pre>
 *
 * with v_t = beta_t for a variance preserving schedule. Third cumulants vanish for a Gaussian
 * posterior, so only other ones keep a bias; with fixed ends of the schedule the sum converges to
 * an integral, hence not to 0, as the number of steps grows.
 *
 * @param conditionalMean {@code E[x_0 | x_t-hat]}, d numbers
 * @param chain where the chain ends, d numbers
 * @param firstOrder the sum above, d numbers: what {@code chain - conditionalMean} tends to
 */
public record TruncationBias(double[] conditionalMean, double[] chain, double[] firstOrder) {
  public TruncationBias {
    conditionalMean = conditionalMean.clone();
    chain = chain.clone();
    firstOrder = firstOrder.clone();
  }

  @Override
  public double[] conditionalMean() {
    return conditionalMean.clone();
  }

  @Override
  public double[] chain() {
    return chain.clone();
  }

  @Override
  public double[] firstOrder() {
    return firstOrder.clone();
  }

  /**
   * Runs the chain from a point.
   *
   * @param start index in the schedule, t-hat
   * @param x d finite numbers at {@code schedule.level(start)}
   */
  public static TruncationBias of(Prior prior, Schedule schedule, int start, double... x) {
    int dim = prior.dim();
    if (x.length != dim) {
      throw new InvalidInputException("x: found " + x.length + " numbers, allowed: " + dim);
    }
    double[] state = x.clone();
    double[] cumulant = new double[dim];
    double[] sum = new double[dim];
    double[] first = new double[dim];
    for (int index = start; index >= 0; index--) {
      Level level = schedule.level(index);
      MixturePosterior posterior = MixturePosterior.of(prior, level);
      System.arraycopy(state, 0, posterior.x(), 0, dim);
      posterior.evaluate();
      double[] mean = posterior.mean();
      if (index == start) {
        first = mean.clone();
      }
      posterior.thirdCumulant(cumulant);
      double slope = level.alpha() / (level.sigma() * level.sigma());
      // The last step ends at the estimate itself: it drops no noise that matters to x_0.
      double dropped = index == 0 ? 0 : level.transitionVariance(schedule.below(index));
      Coefficients step = new Transition(level, schedule.below(index)).posteriorMean(0);
      for (int j = 0; j < dim; j++) {
        sum[j] -= dropped / 2 * slope * slope * cumulant[j];
        state[j] = step.a() * state[j] + step.b() * mean[j];
      }
    }
    return new TruncationBias(first, state, sum);
  }
}
