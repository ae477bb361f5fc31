package dev.tweedie.fit;

import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.util.Arrays;

/**
 * The M-step: moments of the rows of each component, weighted by responsibilities, and the
 * parameters that they make. Second moments are about the means so far, not about zero, so that
 * components far out keep their digits; they are shifted to the new means at the end.
 */
abstract class Moments {
  final FitData data;
  final int components;
  final int dim;
  final double[] mass; // K
  final double[] first; // K x d, about the centres
  double[] centres; // K x d

  Moments(FitData data, int components) {
    this.data = data;
    this.components = components;
    this.dim = data.dim;
    mass = new double[components];
    first = new double[components * dim];
  }

  static Moments of(FitData data, FitOptions options) {
    return switch (options.kind()) {
      case ISOTROPIC, DIAGONAL -> new DiagonalMoments(data, options);
      case FULL -> new FullMoments(data, options);
      case LOW_RANK -> new LowRankMoments(data, options);
    };
  }

  /** Passes over the clusters of a start before the first parameters. */
  int startingPasses() {
    return 1;
  }

  /** Parameters that give the first pass its means; covariances are of no meaning yet. */
  abstract MixtureParameters start(double[] means, NoiseForStart noise);

  /** Fills rows of {@code d} with addressed normal noise for a component. */
  interface NoiseForStart {
    double[] normal(int component, int rows);
  }

  /** Forgets everything, and takes the next moments about the means of {@code parameters}. */
  void begin(MixtureParameters parameters) {
    centres = parameters.means();
    Arrays.fill(mass, 0);
    Arrays.fill(first, 0);
    clear(parameters.covariance());
  }

  abstract void clear(Covariance before);

  /**
   * Adds a chunk.
   *
   * @param x {@code B x d}, at least
   * @param count B
   * @param responsibilities {@code B x K}
   */
  abstract void add(double[] x, int count, double[] responsibilities);

  /** The parameters of what was added. A component without mass keeps its mean and has weight 0. */
  final MixtureParameters finish() {
    double total = Arrays.stream(mass).sum();
    double[] weights = Arrays.stream(mass).map(m -> m / total).toArray();
    double[] means = centres.clone();
    double[] shifts = new double[first.length];
    for (int k = 0; k < components; k++) {
      for (int j = 0; j < dim && mass[k] > 0; j++) {
        shifts[k * dim + j] = first[k * dim + j] / mass[k];
        means[k * dim + j] += shifts[k * dim + j];
      }
    }
    return new MixtureParameters(weights, means, dim, covariance(shifts));
  }

  /**
   * @param shifts {@code K x d}: the new means less the centres
   */
  abstract Covariance covariance(double[] shifts);

  /** Rows that a component needs before data, not the floor, fill its covariance. */
  abstract int neededRows();

  /** Components on fewer rows than {@link #neededRows}. */
  final long thin() {
    return Arrays.stream(mass).filter(m -> m > 0 && m < neededRows()).count();
  }

  /** Components without any mass. */
  final long lost() {
    return Arrays.stream(mass).filter(m -> m == 0).count();
  }
}
