package dev.tweedie.backend.reference;

import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * The posterior of one row whose level is unknown: its posteriors at every level, mixed by the
 * levels' posterior masses {@code mu_s ~ Theta_s p_s(x)} (mathematics 1.5). Belongs to one thread.
 */
final class BlindPosterior {
  private final ComponentPosterior[] levels;
  private final double[] logMasses;
  private final MixturePosterior[] posteriors;
  private final double[] masses;
  private final double[] mean;
  private double logEvidence;

  /** What rows share. */
  static ComponentPosterior[] components(Prior prior, double[] sigmas) {
    return Arrays.stream(sigmas)
        .mapToObj(sigma -> ComponentPosterior.of(prior, Level.ofSigma(sigma)))
        .toArray(ComponentPosterior[]::new);
  }

  BlindPosterior(ComponentPosterior[] levels, double[] logMasses) {
    this.levels = levels;
    this.logMasses = logMasses;
    posteriors = new MixturePosterior[levels.length];
    for (int s = 0; s < levels.length; s++) {
      posteriors[s] = new MixturePosterior(levels[s]);
    }
    masses = new double[levels.length];
    mean = new double[levels[0].dim];
  }

  /** Log-sum-exp in two passes: the largest logit, then the sum relative to it. */
  void evaluate(double[] x) {
    double top = -Double.MAX_VALUE;
    double[] logits = new double[levels.length];
    for (int s = 0; s < logits.length; s++) {
      System.arraycopy(x, 0, posteriors[s].x(), 0, x.length);
      posteriors[s].evaluate();
      logits[s] = logMasses[s] + posteriors[s].logEvidence();
      top = Math.max(top, logits[s]);
    }
    double sum = 0;
    for (int s = 0; s < logits.length; s++) {
      masses[s] = StrictMath.exp(logits[s] - top);
      sum += masses[s];
    }
    for (int s = 0; s < logits.length; s++) {
      masses[s] /= sum;
    }
    logEvidence = top + StrictMath.log(sum);
  }

  double logEvidence() {
    return logEvidence;
  }

  double[] masses() {
    return masses;
  }

  /** {@code f* = sum_s mu_s D_s}. */
  double[] mean() {
    Arrays.fill(mean, 0);
    for (int s = 0; s < masses.length; s++) {
      if (masses[s] == 0) {
        continue; // where every logit of a level is -infinity its mean is NaN
      }
      double[] part = posteriors[s].mean();
      for (int j = 0; j < mean.length; j++) {
        mean[j] += masses[s] * part[j];
      }
    }
    return mean;
  }
}
