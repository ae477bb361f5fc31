package dev.tweedie.curvature;

import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import java.util.Arrays;

/** Variances of components along the directions that their covariances single out. */
final class Variances {
  private Variances() {}

  /** The largest eigenvalue of all components' covariances. */
  static double largest(Prior prior) {
    return switch (prior) {
      case DataSet _ -> 0;
      case GaussianMixture mixture ->
          switch (mixture.covariance()) {
            case Covariance.Isotropic(double[] variances) -> largest(variances);
            case Covariance.Diagonal(double[] variances) -> largest(variances);
            case Covariance.LowRank(double[] _, int _, double[] floor) -> {
              double[] values = mixture.spectrum().values();
              int rank = mixture.spectrum().rank();
              double most = largest(floor);
              for (int i = 0; i < values.length; i++) {
                most = Math.max(most, values[i] + floor[i / rank]);
              }
              yield most;
            }
            case Covariance.Full _ -> largest(mixture.spectrum().values());
          };
    };
  }

  private static double largest(double[] variances) {
    return Arrays.stream(variances).max().orElseThrow();
  }
}
