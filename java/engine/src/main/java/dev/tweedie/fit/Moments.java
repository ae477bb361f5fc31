package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.util.Arrays;

/**
 * The M-step: moments of the rows of each component, weighted by responsibilities, and the
 * parameters that they make. Second moments are about the means so far, not about zero, so that
 * components far out keep their digits; they are shifted to the new means at the end.
 *
 * <p>The moments of a component lie in one array: its mass, d first moments about the centre, then
 * what the kind needs.
 */
abstract class Moments {
  /** Where first moments begin, behind the mass. */
  static final int FIRST = 1;

  final int components;
  final int dim;

  Moments(FitShape shape, FitOptions options) {
    components = options.components();
    dim = shape.dim();
  }

  static Moments of(FitShape shape, FitOptions options) {
    return switch (options.kind()) {
      case ISOTROPIC, DIAGONAL -> new DiagonalMoments(shape, options);
      case FULL -> new FullMoments(shape, options);
      case LOW_RANK -> new LowRankMoments(shape, options);
    };
  }

  /** Passes over the clusters of a start before the first parameters. */
  int startingPasses() {
    return 1;
  }

  /** Parameters that give the first pass its means; covariances are of no meaning yet. */
  MixtureParameters start(double[] means, NoiseForStart noise) {
    Covariance none = new Covariance.Isotropic(new double[components]);
    return new MixtureParameters(new double[components], means, dim, none);
  }

  /** Fills rows of {@code d} with addressed normal noise for a component. */
  interface NoiseForStart {
    double[] normal(int component, int rows);
  }

  /** Moments of runs. */
  interface Sums {
    /**
     * The moments of a run alone.
     *
     * @param responsibilities {@code B x K}
     * @return an array for each component
     */
    double[][] of(Run run, double[] responsibilities);
  }

  /** Makes ready for moments about the means of {@code parameters}. */
  abstract Sums open(RunMemory memory, MixtureParameters parameters);

  /** Second moments of a component begin here. */
  final int second() {
    return FIRST + dim;
  }

  /**
   * The parameters of all moments. A component without mass keeps its mean and has weight 0.
   *
   * @param about what {@link #open} was given
   */
  final MixtureParameters finish(Engine engine, MixtureParameters about, double[][] moments) {
    double[] mass = mass(moments);
    double total = Arrays.stream(mass).sum();
    double[] weights = Arrays.stream(mass).map(m -> m / total).toArray();
    double[] means = about.means().clone();
    double[] shifts = new double[components * dim];
    for (int k = 0; k < components; k++) {
      for (int j = 0; j < dim && mass[k] > 0; j++) {
        shifts[k * dim + j] = moments[k][FIRST + j] / mass[k];
        means[k * dim + j] += shifts[k * dim + j];
      }
    }
    return new MixtureParameters(
        weights, means, dim, covariance(engine, about.covariance(), moments, shifts));
  }

  /**
   * @param shifts {@code K x d}: the new means less the centres
   */
  abstract Covariance covariance(
      Engine engine, Covariance before, double[][] moments, double[] shifts);

  /** Rows that a component needs before data, not the floor, fill its covariance. */
  abstract int neededRows();

  private double[] mass(double[][] moments) {
    return Arrays.stream(moments, 0, components).mapToDouble(own -> own[0]).toArray();
  }

  /** Components on fewer rows than {@link #neededRows}. */
  final long thin(double[][] moments) {
    return Arrays.stream(mass(moments)).filter(m -> m > 0 && m < neededRows()).count();
  }

  /** Components without any mass. */
  final long lost(double[][] moments) {
    return Arrays.stream(mass(moments)).filter(m -> m == 0).count();
  }
}
