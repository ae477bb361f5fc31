package dev.tweedie.restore;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;

/**
 * Compressive sensing: m inner products with a random orthonormal system, Gaussian vectors made
 * orthonormal by modified Gram-Schmidt, twice (Giraud et al. 2005: twice is enough).
 */
final class RandomRows implements LinearMeasurement {
  private static final long MOST = 1L << 25; // 256 MiB of doubles, and minutes of Gram-Schmidt

  private final Engine engine;
  private final Samples basis; // d x m: M
  private final Samples transposed; // m x d: M'

  RandomRows(Engine engine, int dim, int count, long seed) {
    if ((long) dim * count > MOST) {
      throw new InvalidInputException(
          "operator random: found %d x %d numbers, allowed: at most %d"
              .formatted(count, dim, MOST));
    }
    this.engine = engine;
    this.transposed = engine.lasting(count, dim);
    this.basis = engine.lasting(dim, count);
    NoiseAddress at = NoiseAddress.of(seed, Streams.MEASUREMENT, 0);
    engine.run(() -> engine.backend().normal(at, transposed));
    double[] rows = transposed.toDoubles();
    double[] columns = new double[rows.length];
    for (int k = 0; k < count; k++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < k; j++) {
          subtractProjection(rows, j * dim, k * dim, dim);
        }
      }
      double norm = Math.sqrt(dot(rows, k * dim, k * dim, dim));
      for (int i = 0; i < dim; i++) {
        rows[k * dim + i] /= norm;
        columns[i * count + k] = rows[k * dim + i];
      }
    }
    transposed.write(rows);
    basis.write(columns);
  }

  private static void subtractProjection(double[] rows, int on, int from, int dim) {
    double share = dot(rows, on, from, dim);
    for (int i = 0; i < dim; i++) {
      rows[from + i] -= share * rows[on + i];
    }
  }

  private static double dot(double[] rows, int a, int b, int dim) {
    double sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += rows[a + i] * rows[b + i];
    }
    return sum;
  }

  @Override
  public int dim() {
    return transposed.dim();
  }

  @Override
  public int count() {
    return basis.dim();
  }

  @Override
  public void measure(Samples x, Samples c) {
    engine.run(() -> engine.backend().gemm(x, basis, c));
  }

  @Override
  public void embed(Samples c, Samples x) {
    engine.run(() -> engine.backend().gemm(c, transposed, x));
  }

  @Override
  public int observedHeight() {
    return 1;
  }

  @Override
  public int observedWidth() {
    return count();
  }

  @Override
  public void observe(Samples x, Samples out) {
    measure(x, out);
  }

  @Override
  public void coefficients(Samples observed, Samples c) {
    c.copyFrom(observed);
  }
}
