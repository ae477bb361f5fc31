package dev.tweedie.fit;

import dev.tweedie.io.MixtureFile;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.Kind;
import java.util.Arrays;

/** Variances of every coordinate; an isotropic covariance has their mean. */
final class DiagonalMoments extends Moments {
  private final double floor;
  private final boolean isotropic;
  private final boolean circular;
  private final double[] second; // K x d

  DiagonalMoments(FitData data, FitOptions options) {
    super(data, options.components());
    floor = options.floor();
    isotropic = options.kind() == Kind.ISOTROPIC;
    circular = options.circular();
    second = new double[components * dim];
  }

  @Override
  MixtureFile start(double[] means, NoiseForStart noise) {
    Covariance none = new Covariance.Isotropic(new double[components]);
    return new MixtureFile(new double[components], means, dim, none);
  }

  @Override
  void clear(Covariance before) {
    Arrays.fill(second, 0);
  }

  @Override
  void add(double[] x, int count, double[] responsibilities) {
    data.forEachComponent(components, k -> add(k, x, count, responsibilities));
  }

  private void add(int k, double[] x, int count, double[] responsibilities) {
    int to = k * dim;
    for (int i = 0; i < count; i++) {
      double weight = responsibilities[i * components + k];
      if (weight == 0) {
        continue;
      }
      mass[k] += weight;
      int from = i * dim;
      for (int j = 0; j < dim; j++) {
        double gap = x[from + j] - centres[to + j];
        first[to + j] += weight * gap;
        second[to + j] += weight * gap * gap;
      }
    }
  }

  @Override
  Covariance covariance(double[] shifts) {
    double[] variances = new double[second.length];
    for (int k = 0; k < components; k++) {
      for (int at = k * dim; at < (k + 1) * dim; at++) {
        double about = mass[k] > 0 ? second[at] / mass[k] - shifts[at] * shifts[at] : 0;
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
