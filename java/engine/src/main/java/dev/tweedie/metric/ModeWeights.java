package dev.tweedie.metric;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;

/**
 * How samples share out among the modes of a mixture, each sample going to the component that is
 * nearest in units of its standard deviation. Li et al. 2024 count missed and invented modes so.
 *
 * @param offModes share of the samples farther than 4 standard deviations from every mode; of a 2-D
 *     Gaussian e^-8 = 0.03 % is
 * @param totalVariation {@code sum_k |share_k - w_k| / 2}, 0 .. 1; n right samples of K equal modes
 *     have about {@code sqrt(K / (2 pi n))}
 */
public record ModeWeights(double offModes, double totalVariation) {
  private static final double FAR = 4;

  /**
   * Counts.
   *
   * @param samples {@code B x d}, at least one row
   * @param modes isotropic components of variance &gt; 0
   * @throws InvalidInputException for other covariances, another dimension or no rows
   */
  public static ModeWeights of(Samples samples, GaussianMixture modes) {
    double[] deviations = deviations(modes);
    if (samples.dim() != modes.dim() || samples.rows() == 0) {
      throw new InvalidInputException(
          "samples: found " + samples + ", allowed: at least 1 x " + modes.dim());
    }
    double[] values = samples.toDoubles();
    long[] counts = new long[modes.components()];
    long far = 0;
    for (int at = 0; at < values.length; at += modes.dim()) {
      int nearest = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < counts.length; k++) {
        double distance = distance(values, at, modes, k) / deviations[k];
        if (distance < least) {
          least = distance;
          nearest = k;
        }
      }
      counts[nearest]++;
      far += least > FAR ? 1 : 0;
    }
    double sum = 0;
    for (int k = 0; k < counts.length; k++) {
      sum += Math.abs((double) counts[k] / samples.rows() - modes.weight(k));
    }
    return new ModeWeights((double) far / samples.rows(), sum / 2);
  }

  private static double[] deviations(GaussianMixture modes) {
    if (!(modes.covariance() instanceof Covariance.Isotropic(double[] variances))) {
      throw new InvalidInputException(
          "modes: found "
              + modes.covariance().getClass().getSimpleName()
              + " covariances, allowed: isotropic ones");
    }
    double[] deviations = new double[variances.length];
    for (int k = 0; k < variances.length; k++) {
      if (!(variances[k] > 0)) {
        throw new InvalidInputException(
            "modes: found variance " + variances[k] + " of component " + k + ", allowed: > 0");
      }
      deviations[k] = Math.sqrt(variances[k]);
    }
    return deviations;
  }

  private static double distance(double[] values, int at, GaussianMixture modes, int k) {
    double sum = 0;
    for (int j = 0; j < modes.dim(); j++) {
      double difference = values[at + j] - modes.mean(k, j);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }
}
