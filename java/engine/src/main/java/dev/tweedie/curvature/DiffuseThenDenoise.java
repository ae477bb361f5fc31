package dev.tweedie.curvature;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;

/**
 * The sensitivity chain of Liang et al. (Figs 7, 9, 11; mathematics 2(b) B): a wrong start nu_0 is
 * diffused to time {@code T = K eta} by the Ornstein-Uhlenbeck process, then brought back by the K
 * backward maps of mu. How much nearer to mu_0 it comes is what diffusing and denoising contract.
 *
 * @param before {@code W2(mu_0, nu_0)}
 * @param after W2 of mu_0 and what came back
 */
public record DiffuseThenDenoise(double before, double after) {
  /** {@code after / before}. */
  public double ratio() {
    return after / before;
  }

  /**
   * Runs the chain on the line from a point at 0, whose diffusion is N(0, 1 - e^-2T): particles at
   * its quantiles stay in order under monotone maps, so W2 is a mean over quantiles.
   *
   * @param prior mu_0, of dimension 1
   * @param steps K &gt;= 1
   * @param eta step, between 0 and 1
   * @param quantiles number of particles, at least 1; at {@code (i + 1/2) / quantiles}
   */
  public static DiffuseThenDenoise fromOrigin(
      Engine engine, Prior prior, int steps, double eta, int quantiles) {
    if (steps < 1 || quantiles < 1) {
      throw new InvalidInputException(
          "chain: found " + steps + " steps of " + quantiles + " quantiles, allowed: at least 1");
    }
    TransportMap.requireStep(eta);
    LineMeasure measure = LineMeasure.of(prior);
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    double deviation = Math.sqrt(-Math.expm1(-2 * steps * eta));
    double[] target = new double[quantiles];
    double[] start = new double[quantiles];
    for (int i = 0; i < quantiles; i++) {
      double p = (i + 0.5) / quantiles;
      target[i] = measure.quantile(p);
      start[i] = deviation * NormalLaw.quantile(p);
    }
    Samples x = engine.samples(start, quantiles);
    TransportMap map = new TransportMap(posterior, quantiles);
    for (int k = steps; k >= 1; k--) {
      map.backward(Level.ofOuTime(k * eta), eta, x, x);
    }
    return new DiffuseThenDenoise(
        distance(target, new double[quantiles]), distance(target, x.toDoubles()));
  }

  /** W2 of two laws by their quantiles, both in increasing order. */
  private static double distance(double[] first, double[] second) {
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += (first[i] - second[i]) * (first[i] - second[i]);
    }
    return Math.sqrt(sum / first.length);
  }
}
