package dev.tweedie.bench.peers;

import java.util.Arrays;
import org.apache.spark.ml.impl.Utils;
import org.apache.spark.ml.linalg.Matrices;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.stat.distribution.MultivariateGaussian;
import org.ejml.data.DMatrixRMaj;

/**
 * Responsibilities as the {@code GaussianMixtureModel} of Spark's MLlib has them, without Spark:
 * its densities, and the two lines of its {@code computeProbabilities}. They are no logarithms, and
 * the machine's epsilon is added to each: where all are below, every component has the same share.
 */
public class MllibBench extends ResponsibilitiesBench {
  /** Flops of the eigenvectors that each component starts with: some minutes. */
  private static final double MOST_FLOPS = 1e12;

  @Override
  Responsibilities prepare(NoisyMixture mixture) {
    requireMatrices(mixture);
    int dim = mixture.dim;
    double flops = 20.0 * mixture.components * dim * dim * dim;
    if (flops > MOST_FLOPS) {
      throw new IllegalStateException("eigenvectors of every component take minutes here");
    }
    MultivariateGaussian[] gaussians = new MultivariateGaussian[mixture.components];
    for (int k = 0; k < gaussians.length; k++) {
      double[] mean = Arrays.copyOfRange(mixture.means.data, k * dim, (k + 1) * dim);
      gaussians[k] =
          new MultivariateGaussian(
              Vectors.dense(mean), Matrices.dense(dim, dim, covariance(mixture, k)));
    }
    return x -> {
      DMatrixRMaj all = new DMatrixRMaj(x.numRows, gaussians.length);
      for (int i = 0; i < x.numRows; i++) {
        Vector row = Vectors.dense(Arrays.copyOfRange(x.data, i * dim, (i + 1) * dim));
        double sum = 0;
        for (int k = 0; k < gaussians.length; k++) {
          double mass = Utils.EPSILON() + mixture.weights[k] * gaussians[k].pdf(row);
          all.set(i, k, mass);
          sum += mass;
        }
        for (int k = 0; k < gaussians.length; k++) {
          all.data[i * gaussians.length + k] /= sum;
        }
      }
      return all;
    };
  }

  private static double[] covariance(NoisyMixture mixture, int k) {
    int dim = mixture.dim;
    if (mixture.isFull()) {
      return mixture.matrix(mixture.covariances, k).data; // symmetric: by column as by row
    }
    double[] matrix = new double[dim * dim];
    for (int j = 0; j < dim; j++) {
      matrix[j * dim + j] = mixture.covariances[mixture.isIsotropic() ? k : k * dim + j];
    }
    return matrix;
  }
}
