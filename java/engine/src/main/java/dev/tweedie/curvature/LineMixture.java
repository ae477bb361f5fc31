package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.reference.MixturePosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/** A prior of dimension 1. */
final class LineMixture implements LineMeasure {
  private static final int STEPS_A_DEVIATION = 4;

  /** Closer nodes than this share of the noise's deviation resolve nothing more of the density. */
  private static final double CLOSEST = 0.1;

  private final Prior prior;
  private final double[] deviations;

  LineMixture(Prior prior) {
    if (prior.dim() != 1) {
      throw new InvalidInputException("prior: found dimension " + prior.dim() + ", allowed: 1");
    }
    this.prior = prior;
    this.deviations = new double[prior.components()];
    Arrays.setAll(deviations, k -> Math.sqrt(variance(k)));
  }

  private double variance(int k) {
    if (!(prior instanceof GaussianMixture mixture)) {
      return 0;
    }
    return switch (mixture.covariance()) {
      case Covariance.Isotropic isotropic -> isotropic.variance(k);
      case Covariance.Diagonal diagonal -> diagonal.variance(k);
      case Covariance.LowRank lowRank -> mixture.spectrum().value(k) + lowRank.floor(k);
      case Covariance.Full _ -> mixture.spectrum().value(k);
    };
  }

  @Override
  public double quantile(double p) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < deviations.length; k++) {
      low = Math.min(low, prior.mean(k, 0) - 40 * deviations[k]);
      high = Math.max(high, prior.mean(k, 0) + 40 * deviations[k]);
    }
    while (true) {
      double middle = low + 0.5 * (high - low);
      if (middle <= low || middle >= high) {
        return high;
      }
      if (cdf(middle) >= p) {
        high = middle;
      } else {
        low = middle;
      }
    }
  }

  private double cdf(double x) {
    double sum = 0;
    for (int k = 0; k < deviations.length; k++) {
      double off = x - prior.mean(k, 0);
      if (deviations[k] > 0) {
        sum += prior.weight(k) * NormalLaw.cdf(off / deviations[k]);
      } else if (off >= 0) {
        sum += prior.weight(k);
      }
    }
    return sum;
  }

  @Override
  public Smoothed smoothed(double ratio) {
    MixturePosterior posterior = MixturePosterior.of(prior, Level.of(ratio, 1));
    double[] variance = new double[1];
    return new Smoothed() {
      @Override
      public Point at(double y) {
        posterior.x()[0] = y;
        posterior.evaluate();
        double mean = posterior.mean()[0];
        posterior.covarianceDiagonal(variance);
        return new Point(
            y, Math.exp(posterior.logEvidence()), ratio * mean, ratio * ratio * variance[0]);
      }

      @Override
      public double[] nodes() {
        return LineMixture.this.nodes(ratio);
      }
    };
  }

  private double[] nodes(double ratio) {
    int each = 2 * REACH * STEPS_A_DEVIATION + 1;
    double[] all = new double[deviations.length * each];
    for (int i = 0; i < all.length; i++) {
      int k = i / each;
      double steps = (double) (i % each) / STEPS_A_DEVIATION - REACH;
      all[i] = ratio * prior.mean(k, 0) + steps * Math.hypot(ratio * deviations[k], 1);
    }
    Arrays.sort(all);
    double last = all[all.length - 1];
    int kept = 1;
    for (double node : all) {
      if (node - all[kept - 1] >= CLOSEST && last - node >= CLOSEST) {
        all[kept++] = node;
      }
    }
    all[kept++] = last;
    return Arrays.copyOf(all, kept);
  }
}
