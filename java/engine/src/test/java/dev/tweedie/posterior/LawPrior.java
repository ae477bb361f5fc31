package dev.tweedie.posterior;

import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A prior of any family in numbers that laws can transform: {@code x_0 -> b Q x_0 + c}.
 *
 * @param weights K
 * @param means K x d, or the points
 * @param variances of isotropic (K), diagonal (K x d) and the floor of low-rank (K) covariances
 * @param factors {@code K x d x rank}: C_k = F F' + floor for low-rank, C_k = F F' for full ones
 */
record LawPrior(
    Family family,
    int dim,
    double[] weights,
    double[] means,
    double[] variances,
    double[] factors,
    int rank) {
  /** What C_k looks like. Shared: isotropic, the same for all components. */
  enum Family {
    POINTS,
    SHARED,
    ISOTROPIC,
    DIAGONAL,
    LOW_RANK,
    FULL
  }

  /** Means are standard normals, variances and weights near one half. */
  static LawPrior random(Family family, int components, int dim, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int rank = family == Family.FULL ? dim : 2;
    double[] variances = new double[components * (family == Family.DIAGONAL ? dim : 1)];
    for (int i = 0; i < variances.length; i++) {
      boolean copy = family == Family.SHARED && i > 0;
      variances[i] = copy ? variances[0] : 0.1 + 0.5 * random.nextDouble();
    }
    double[] weights = new double[components];
    for (int k = 0; k < components; k++) {
      weights[k] = 0.5 + random.nextDouble();
    }
    double sum = Arrays.stream(weights).sum();
    Arrays.setAll(weights, k -> weights[k] / sum);
    return new LawPrior(
        family,
        dim,
        weights,
        normals(components * dim, 1, random),
        variances,
        normals(components * dim * rank, 0.6, random),
        rank);
  }

  private static double[] normals(int count, double scale, SplittableRandom random) {
    double[] out = new double[count];
    Arrays.setAll(out, _ -> scale * random.nextGaussian());
    return out;
  }

  int components() {
    return weights.length;
  }

  Prior build() {
    return switch (family) {
      case POINTS -> DataSet.of(means, dim).withWeights(weights);
      case SHARED, ISOTROPIC -> mixture(new Covariance.Isotropic(variances));
      case DIAGONAL -> mixture(new Covariance.Diagonal(variances));
      case LOW_RANK -> mixture(new Covariance.LowRank(factors, rank, variances));
      case FULL -> mixture(new Covariance.Full(matrices()));
    };
  }

  private Prior mixture(Covariance covariance) {
    return new GaussianMixture(weights, means, dim, covariance);
  }

  /** {@code K x d x d}: every covariance in full, whatever the family. */
  double[] matrices() {
    double[] out = new double[components() * dim * dim];
    for (int k = 0; k < components(); k++) {
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          out[(k * dim + i) * dim + j] = element(k, i, j);
        }
      }
    }
    return out;
  }

  private double element(int k, int i, int j) {
    double sum =
        switch (family) {
          case POINTS, FULL -> 0;
          case SHARED, ISOTROPIC, LOW_RANK -> i == j ? variances[k] : 0;
          case DIAGONAL -> i == j ? variances[k * dim + i] : 0;
        };
    if (family == Family.LOW_RANK || family == Family.FULL) {
      for (int e = 0; e < rank; e++) {
        sum += factors[(k * dim + i) * rank + e] * factors[(k * dim + j) * rank + e];
      }
    }
    return sum;
  }

  /** The same measure with every covariance written in full. */
  Prior dense() {
    return mixture(new Covariance.Full(matrices()));
  }

  LawPrior shifted(double[] by) {
    double[] moved = means.clone();
    Arrays.setAll(moved, i -> means[i] + by[i % dim]);
    return new LawPrior(family, dim, weights, moved, variances, factors, rank);
  }

  LawPrior scaled(double by) {
    return new LawPrior(
        family,
        dim,
        weights,
        times(means, by),
        times(variances, by * by),
        times(factors, by),
        rank);
  }

  private static double[] times(double[] values, double by) {
    double[] out = values.clone();
    Arrays.setAll(out, i -> by * values[i]);
    return out;
  }

  /**
   * @param q {@code d x d} orthogonal; not for diagonal covariances, which do not stay diagonal
   */
  LawPrior rotated(double[] q) {
    double[] turned = new double[factors.length];
    for (int k = 0; k < components(); k++) {
      for (int i = 0; i < dim; i++) {
        for (int e = 0; e < rank; e++) {
          for (int j = 0; j < dim; j++) {
            turned[(k * dim + i) * rank + e] += q[i * dim + j] * factors[(k * dim + j) * rank + e];
          }
        }
      }
    }
    return new LawPrior(family, dim, weights, rotate(q, means, dim), variances, turned, rank);
  }

  /** {@code Q x} for each row of {@code rows}. */
  static double[] rotate(double[] q, double[] rows, int dim) {
    double[] out = new double[rows.length];
    for (int at = 0; at < rows.length; at += dim) {
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          out[at + i] += q[i * dim + j] * rows[at + j];
        }
      }
    }
    return out;
  }

  /** The reflection {@code I - 2 v v' / v'v}: orthogonal, and no coordinate stays alone. */
  static double[] reflection(int dim) {
    double squared = 0;
    for (int i = 0; i < dim; i++) {
      squared += (1 + i) * (1 + i);
    }
    double[] q = new double[dim * dim];
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < dim; j++) {
        q[i * dim + j] = (i == j ? 1 : 0) - 2 * (1 + i) * (1 + j) / squared;
      }
    }
    return q;
  }
}
