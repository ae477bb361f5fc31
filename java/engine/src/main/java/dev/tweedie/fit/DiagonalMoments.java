package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.MixtureParameters;
import java.util.Arrays;

/** Variances of every coordinate; an isotropic covariance has their mean. */
final class DiagonalMoments extends Moments {
  private final double floor;
  private final boolean isotropic;
  private final boolean circular;

  DiagonalMoments(FitShape shape, FitOptions options) {
    super(shape, options);
    floor = options.floor();
    isotropic = options.kind() == Kind.ISOTROPIC;
    circular = options.circular();
  }

  @Override
  Sums open(RunMemory memory, MixtureParameters parameters) {
    double[] centres = parameters.means();
    return (run, responsibilities) -> {
      double[][] moments = new double[components][second() + dim];
      double[] x = run.x();
      FitRows.forEachComponent(
          memory.engine, components, k -> add(k, run, x, responsibilities, centres, moments[k]));
      return moments;
    };
  }

  private void add(
      int k, Run run, double[] x, double[] responsibilities, double[] centres, double[] to) {
    int[] starts = new int[run.count];
    double[] weights = new double[run.count];
    int shared = 0;
    for (int i = 0; i < run.count; i++) {
      double weight = responsibilities[i * components + k];
      if (weight != 0) {
        to[0] += weight;
        starts[shared] = i * dim;
        weights[shared++] = weight;
      }
    }
    int j = 0;
    for (; j + 4 <= dim; j += 4) {
      addFourColumns(to, centres, k * dim + j, x, j, starts, weights, shared);
    }
    for (; j < dim; j++) {
      addColumn(to, centres[k * dim + j], x, j, starts, weights, shared);
    }
  }

  private void addColumn(
      double[] to, double centre, double[] x, int j, int[] starts, double[] weights, int shared) {
    for (int i = 0; i < shared; i++) {
      double gap = x[starts[i] + j] - centre;
      to[FIRST + j] += weights[i] * gap;
      to[second() + j] += weights[i] * gap * gap;
    }
  }

  /**
   * As {@link #addColumn} of each, in the same order. Sums in locals, not in the arrays: a fit is
   * 1.3 to 1.8 times as fast for it (bench/results/2026-11-30-epyc.md).
   */
  private void addFourColumns(
      double[] to,
      double[] centres,
      int centre,
      double[] x,
      int j,
      int[] starts,
      double[] weights,
      int shared) {
    double first0 = 0;
    double first1 = 0;
    double first2 = 0;
    double first3 = 0;
    double second0 = 0;
    double second1 = 0;
    double second2 = 0;
    double second3 = 0;
    double centre0 = centres[centre];
    double centre1 = centres[centre + 1];
    double centre2 = centres[centre + 2];
    double centre3 = centres[centre + 3];
    for (int i = 0; i < shared; i++) {
      int at = starts[i] + j;
      double weight = weights[i];
      double gap0 = x[at] - centre0;
      double gap1 = x[at + 1] - centre1;
      double gap2 = x[at + 2] - centre2;
      double gap3 = x[at + 3] - centre3;
      first0 += weight * gap0;
      first1 += weight * gap1;
      first2 += weight * gap2;
      first3 += weight * gap3;
      second0 += weight * gap0 * gap0;
      second1 += weight * gap1 * gap1;
      second2 += weight * gap2 * gap2;
      second3 += weight * gap3 * gap3;
    }
    to[FIRST + j] = first0;
    to[FIRST + j + 1] = first1;
    to[FIRST + j + 2] = first2;
    to[FIRST + j + 3] = first3;
    int second = second() + j;
    to[second] = second0;
    to[second + 1] = second1;
    to[second + 2] = second2;
    to[second + 3] = second3;
  }

  @Override
  Covariance covariance(Engine engine, Covariance before, double[][] moments, double[] shifts) {
    double[] variances = new double[shifts.length];
    for (int k = 0; k < components; k++) {
      double mass = moments[k][0];
      for (int j = 0; j < dim; j++) {
        int at = k * dim + j;
        double about = mass > 0 ? moments[k][second() + j] / mass - shifts[at] * shifts[at] : 0;
        variances[at] = Math.max(about, 0) + floor;
      }
    }
    for (int at = 0; circular && at < variances.length; at += 2) {
      variances[at] = 0.5 * (variances[at] + variances[at + 1]);
      variances[at + 1] = variances[at];
    }
    return isotropic
        ? new Covariance.Isotropic(averages(variances))
        : new Covariance.Diagonal(variances);
  }

  private double[] averages(double[] variances) {
    double[] out = new double[components];
    for (int k = 0; k < components; k++) {
      out[k] = Arrays.stream(variances, k * dim, (k + 1) * dim).sum() / dim;
    }
    return out;
  }

  @Override
  int neededRows() {
    return 2;
  }
}
