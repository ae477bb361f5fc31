package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.prior.Circular;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.util.Arrays;

/** Full scatter matrices: products of each component's rows with themselves. */
final class FullMoments extends Moments {
  private final Engine engine;
  private final double floor;
  private final boolean circular;
  private final WeightedRows rows;
  private final Samples product; // d x d
  private final double[] second; // K x d x d, upper triangles

  FullMoments(FitData data, FitOptions options) {
    super(data, options.components());
    engine = data.engine;
    floor = options.floor();
    circular = options.circular();
    rows = new WeightedRows(data);
    product = data.engine.samples(dim, dim);
    second = new double[Math.multiplyExact(components, dim * dim)];
  }

  @Override
  MixtureParameters start(double[] means, NoiseForStart noise) {
    Covariance none = new Covariance.Isotropic(new double[components]);
    return new MixtureParameters(new double[components], means, dim, none);
  }

  @Override
  void clear(Covariance before) {
    Arrays.fill(second, 0);
  }

  @Override
  void add(double[] x, int count, double[] responsibilities) {
    for (int k = 0; k < components; k++) {
      int at = k * dim * dim;
      rows.forEachBlock(
          k,
          x,
          count,
          responsibilities,
          this,
          (block, columns) -> {
            engine.run(() -> engine.backend().gemm(columns, block, product));
            addProduct(at);
          });
    }
  }

  private void addProduct(int at) {
    double[] sums = product.toDoubles();
    for (int i = 0; i < dim; i++) {
      for (int j = i; j < dim; j++) {
        second[at + i * dim + j] += sums[i * dim + j];
      }
    }
  }

  @Override
  Covariance covariance(double[] shifts) {
    double[] matrices = new double[second.length];
    data.forEachComponent(components, k -> covariance(k, shifts, matrices));
    return new Covariance.Full(
        circular ? Circular.project(matrices, components * dim, dim) : matrices);
  }

  private void covariance(int k, double[] shifts, double[] matrices) {
    int at = k * dim * dim;
    for (int i = 0; i < dim; i++) {
      for (int j = i; j < dim && mass[k] > 0; j++) {
        double about = second[at + i * dim + j] / mass[k];
        double entry = about - shifts[k * dim + i] * shifts[k * dim + j];
        matrices[at + i * dim + j] = entry;
        matrices[at + j * dim + i] = entry;
      }
      matrices[at + i * dim + i] += floor;
    }
  }

  @Override
  int neededRows() {
    return dim + 1;
  }
}
