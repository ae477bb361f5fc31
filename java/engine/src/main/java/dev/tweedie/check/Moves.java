package dev.tweedie.check;

import dev.tweedie.Samples;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.SplittableRandom;

/**
 * Small moves of the inputs of a posterior, every number by a relative {@code size} of random sign:
 * what rounding inputs to float32 may do. Kernels work with differences from the prior's mean, so
 * rows and means also move by that share of it.
 *
 * @param seed of the signs; {@link #APART} and {@link #UP} say which of rows and means
 * @param size of rows, means, covariances, alpha, sigma and vectors
 * @param weights of the weights: the error that a logit is allowed
 */
record Moves(long seed, double size, double weights) {
  /** Around zero. */
  private static final double[] NO_CENTRE = {};

  /** Rows down and means up: what of a sum of many components does not average out. */
  static final long APART = -1;

  /** Rows and means up. */
  static final long UP = -2;

  /** None at all. */
  static final Moves NONE = new Moves(0, 0, 0);

  private double sign(SplittableRandom random, boolean mean) {
    return seed >= 0 ? sign(random) : mean || seed == UP ? 1 : -1;
  }

  private static double sign(SplittableRandom random) {
    return random.nextBoolean() ? 1 : -1;
  }

  private SplittableRandom random(int input) {
    return new SplittableRandom(31 * seed + input);
  }

  Level level(CheckCase check) {
    SplittableRandom random = random(1);
    return Level.of(
        check.alpha() * (1 + size * sign(random)), check.sigma() * (1 + size * sign(random)));
  }

  /** Moves the rows of {@code x}. */
  void rows(CheckCase check, Prior prior, Samples x) {
    move(x, 2, check.alpha(), size == 0 ? NO_CENTRE : prior.mean());
  }

  /** Moves vectors. */
  void vectors(Samples v) {
    move(v, 3, 0, NO_CENTRE);
  }

  private void move(Samples values, int input, double alpha, double[] centre) {
    if (size == 0) {
      return;
    }
    SplittableRandom random = random(input);
    for (int i = 0; i < values.rows(); i++) {
      for (int j = 0; j < values.dim(); j++) {
        double value = values.get(i, j);
        double by = Math.abs(value) + (centre.length == 0 ? 0 : alpha * Math.abs(centre[j]));
        values.set(i, j, value + size * sign(random, false) * by);
      }
    }
  }

  Prior prior(Prior prior) {
    if (size == 0 && weights == 0) {
      return prior;
    }
    double[] means = means(prior);
    double[] weights = weights(prior);
    return switch (prior) {
      case DataSet _ -> DataSet.of(means, prior.dim()).withWeights(weights);
      case GaussianMixture mixture ->
          new GaussianMixture(weights, means, prior.dim(), covariance(mixture));
    };
  }

  private double[] means(Prior prior) {
    SplittableRandom random = random(4);
    int dim = prior.dim();
    double[] centre = prior.mean();
    double[] row = new double[dim];
    double[] means = new double[prior.components() * dim];
    for (int k = 0; k < prior.components(); k++) {
      prior.copyMean(k, row);
      for (int j = 0; j < dim; j++) {
        double by = Math.abs(row[j]) + Math.abs(centre[j]);
        means[k * dim + j] = row[j] + size * sign(random, true) * by;
      }
    }
    return means;
  }

  private double[] weights(Prior prior) {
    SplittableRandom random = random(5);
    double[] moved = new double[prior.components()];
    for (int k = 0; k < moved.length; k++) {
      moved[k] = prior.weight(k) * (1 + weights * sign(random));
    }
    return moved;
  }

  private Covariance covariance(GaussianMixture mixture) {
    SplittableRandom random = random(6);
    return switch (mixture.covariance()) {
      case Covariance.Isotropic(double[] variances) ->
          new Covariance.Isotropic(isShared(variances) ? shared(variances) : moved(variances));
      case Covariance.Diagonal(double[] variances) -> new Covariance.Diagonal(moved(variances));
      case Covariance.LowRank(double[] factors, int rank, double[] floor) ->
          new Covariance.LowRank(moved(factors), rank, moved(floor));
      case Covariance.Full(double[] matrices) ->
          new Covariance.Full(congruent(matrices, mixture.dim(), random));
    };
  }

  private static boolean isShared(double[] variances) {
    for (double variance : variances) {
      if (variance != variances[0]) {
        return false;
      }
    }
    return true;
  }

  /** One number is rounded once. */
  private double[] shared(double[] variances) {
    double factor = 1 + size * sign(random(7));
    double[] moved = new double[variances.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = variances[i] * factor;
    }
    return moved;
  }

  private double[] moved(double[] values) {
    SplittableRandom random = random(values.length);
    double[] moved = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      moved[i] = values[i] * (1 + size * sign(random));
    }
    return moved;
  }

  /** {@code D C D}: each number moves by its share, and the matrix stays semi-definite. */
  private double[] congruent(double[] matrices, int dim, SplittableRandom random) {
    double[] moved = new double[matrices.length];
    double[] scale = new double[dim];
    for (int first = 0; first < matrices.length; first += dim * dim) {
      for (int j = 0; j < dim; j++) {
        scale[j] = 1 + 0.5 * size * sign(random);
      }
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          moved[first + i * dim + j] = matrices[first + i * dim + j] * scale[i] * scale[j];
        }
      }
    }
    return moved;
  }
}
