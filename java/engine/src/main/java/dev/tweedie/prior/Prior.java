package dev.tweedie.prior;

/**
 * A measure for x_0 whose posterior under {@code x_t = alpha x_0 + sigma z} is known exactly: a
 * finite mixture of Gaussians, points included. Immutable, and free of any backend.
 */
public sealed interface Prior permits GaussianMixture, DataSet {
  /** The shape of its covariances, by which kernels are chosen. */
  default Kind kind() {
    return switch (this) {
      case DataSet _ -> Kind.ISOTROPIC;
      case GaussianMixture mixture -> mixture.covariance().kind();
    };
  }

  /** d, the dimension of a sample. */
  int dim();

  /** K, the number of components; for a data set the number of points. */
  int components();

  /** Weight of component k; the weights sum to 1. */
  double weight(int k);

  /** Element j of the mean of component k; for a data set, of point k. */
  double mean(int k, int j);

  /** Copies the mean of component k, d numbers: far cheaper than one element at a time. */
  void copyMean(int k, double[] to);

  /** The largest variance of a component in any direction; 0 for a data set. */
  double largestVariance();

  /** The mean of the measure, d numbers. Tables are centred on it: distances keep their digits. */
  double[] mean();
}
