package dev.tweedie.bench.peers;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import smile.stat.distribution.MultivariateGaussianDistribution;
import smile.stat.distribution.MultivariateMixture;
import smile.tensor.DenseMatrix;

/**
 * Responsibilities of Smile's mixtures ({@code posteriori}), which divides densities, no
 * logarithms. Full covariances need OpenBLAS on the machine.
 */
public class SmileBench extends ResponsibilitiesBench {
  @Override
  Responsibilities prepare(NoisyMixture mixture) {
    requireMatrices(mixture);
    int dim = mixture.dim;
    var components = new MultivariateMixture.Component[mixture.components];
    for (int k = 0; k < components.length; k++) {
      components[k] =
          new MultivariateMixture.Component(mixture.weights[k], distribution(mixture, k));
    }
    var smile = new MultivariateMixture(components);
    return x -> {
      DMatrixRMaj all = new DMatrixRMaj(x.numRows, components.length);
      for (int i = 0; i < x.numRows; i++) {
        double[] row = Arrays.copyOfRange(x.data, i * dim, (i + 1) * dim);
        System.arraycopy(
            smile.posteriori(row), 0, all.data, i * components.length, components.length);
      }
      return all;
    };
  }

  private static MultivariateGaussianDistribution distribution(NoisyMixture mixture, int k) {
    int dim = mixture.dim;
    double[] mean = Arrays.copyOfRange(mixture.means.data, k * dim, (k + 1) * dim);
    if (mixture.isIsotropic()) {
      return new MultivariateGaussianDistribution(mean, mixture.covariances[k]);
    }
    if (!mixture.isFull()) {
      return new MultivariateGaussianDistribution(
          mean, Arrays.copyOfRange(mixture.covariances, k * dim, (k + 1) * dim));
    }
    double[][] rows = new double[dim][];
    for (int i = 0; i < dim; i++) {
      int first = (k * dim + i) * dim;
      rows[i] = Arrays.copyOfRange(mixture.covariances, first, first + dim);
    }
    return new MultivariateGaussianDistribution(mean, DenseMatrix.of(rows));
  }
}
