package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.prior.Circular;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;

/** Full scatter matrices: products of each component's rows with themselves, upper triangles. */
final class FullMoments extends Moments {
  private final double floor;
  private final boolean circular;

  FullMoments(FitShape shape, FitOptions options) {
    super(shape, options);
    floor = options.floor();
    circular = options.circular();
  }

  @Override
  Sums open(RunMemory memory, MixtureParameters parameters) {
    WeightedRows rows = new WeightedRows(memory, components, parameters.means());
    Samples product = memory.samples(dim, dim);
    int length = Math.addExact(second(), Math.multiplyExact(dim, dim + 1) / 2);
    return (run, responsibilities) -> {
      double[][] moments = new double[components][length];
      for (int k = 0; k < components; k++) {
        double[] to = moments[k];
        rows.forEachBlock(
            k,
            run,
            responsibilities,
            to,
            (block, columns) -> {
              memory.engine.run(() -> memory.engine.backend().gemm(columns, block, product));
              addUpper(product.toDoubles(), to);
            });
      }
      return moments;
    };
  }

  private void addUpper(double[] sums, double[] to) {
    int at = second();
    for (int i = 0; i < dim; i++) {
      for (int j = i; j < dim; j++) {
        to[at++] += sums[i * dim + j];
      }
    }
  }

  @Override
  Covariance covariance(Engine engine, Covariance before, double[][] moments, double[] shifts) {
    double[] matrices = new double[Math.multiplyExact(components, dim * dim)];
    FitRows.forEachComponent(engine, components, k -> covariance(k, moments[k], shifts, matrices));
    return new Covariance.Full(
        circular ? Circular.project(matrices, components * dim, dim) : matrices);
  }

  private void covariance(int k, double[] moments, double[] shifts, double[] matrices) {
    int at = k * dim * dim;
    double mass = moments[0];
    int from = second();
    for (int i = 0; i < dim; i++) {
      for (int j = i; j < dim && mass > 0; j++) {
        double about = moments[from++] / mass;
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
