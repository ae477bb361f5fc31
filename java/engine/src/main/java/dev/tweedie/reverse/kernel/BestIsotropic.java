package dev.tweedie.reverse.kernel;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Transition;
import dev.tweedie.schedule.Schedule;

/**
 * The Gaussian kernel {@code N(E[x_u | x_t], sigma_q^2 I)} with the best variance that is the same
 * at every x_t: {@code beta-tilde + kappa_0^2 E[tr Cov[x_0 | x_t]] / d} (Bao et al. 2022, Analytic-
 * DPM, Theorem 1). Its last step draws too, with variance {@code E[tr Cov[x_0 | x_t]] / d}.
 *
 * @param variances {@code E[tr Cov[x_0 | x_t]] / d} at each level of the schedule, &gt;= 0
 */
public record BestIsotropic(double... variances) implements Sampler {
  public BestIsotropic {
    variances = variances.clone();
    for (double variance : variances) {
      if (!(variance >= 0 && variance < Double.POSITIVE_INFINITY)) {
        throw new InvalidInputException(
            "variances: found " + variance + ", allowed: finite numbers >= 0");
      }
    }
  }

  @Override
  public double[] variances() {
    return variances.clone();
  }

  /**
   * With the variances of a prior, as means over {@code rows} draws of x_t at each level.
   *
   * @param seed of the draws
   */
  public static BestIsotropic of(ExactPosterior posterior, Schedule schedule, int rows, long seed) {
    Samples clean = posterior.engine().samples(rows, posterior.dim());
    new PriorSampler(posterior).draw(NoiseAddress.of(seed, Streams.PRIOR, 0), clean);
    Samples noise = posterior.engine().samples(rows, posterior.dim());
    double[] variances = new double[schedule.size()];
    for (int i = 0; i < variances.length; i++) {
      Coefficients forward =
          new Coefficients(schedule.level(i).alpha(), 0, 0, schedule.level(i).sigma());
      NoiseAddress at = NoiseAddress.of(seed, Streams.FORWARD, i);
      posterior
          .engine()
          .run(
              () ->
                  posterior.engine().backend().step(forward, StepTerms.of(clean, noise).noise(at)));
      double sum = 0;
      for (double trace : posterior.covarianceTrace(noise, schedule.level(i)).toDoubles()) {
        sum += trace;
      }
      variances[i] = sum / rows / posterior.dim();
    }
    return new BestIsotropic(variances);
  }

  @Override
  public void step(Chain chain, int index) {
    if (variances.length != chain.schedule().size()) {
      throw new InvalidInputException(
          "variances: found %d, allowed: %d, one a level"
              .formatted(variances.length, chain.schedule().size()));
    }
    Transition t = chain.transition(index);
    double fixed = t.to().sigma() * t.to().sigma() * t.addedShare();
    double pull = t.to().alpha() * t.addedShare();
    chain.denoise(index);
    chain.advance(t.posteriorMean(Math.sqrt(fixed + pull * pull * variances[index])), index);
  }

  @Override
  public boolean repeatable() {
    return true;
  }
}
