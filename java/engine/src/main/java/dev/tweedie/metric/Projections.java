package dev.tweedie.metric;

import dev.tweedie.Engine;
import dev.tweedie.Samples;

/** Rows seen along directions, by the engine's product. */
final class Projections {
  /** Directions at a time: their numbers are on the host, 8 bytes a row and direction. */
  static final int MOST = 64;

  private static final int CHUNK = 4096; // rows

  private Projections() {}

  /** The mean row, of which distances are small: a product with it would take their digits. */
  static double[] centre(Engine engine, Samples rows) {
    int dim = rows.dim();
    double[] centre = new double[dim];
    for (long begin = 0; begin < rows.rows(); begin += CHUNK) {
      Samples part = rows.slice(begin, Math.min(CHUNK, rows.rows() - begin));
      double[] values = engine.compute(part::toDoubles);
      for (int at = 0; at < values.length; at++) {
        centre[at % dim] += values[at] / rows.rows();
      }
    }
    return centre;
  }

  /**
   * Products with each direction.
   *
   * @param directions {@code P} of {@code d} numbers
   * @return {@code P} of as many numbers as there are rows
   */
  static double[][] of(Engine engine, Samples rows, double[] centre, double[][] directions) {
    int dim = rows.dim();
    int count = directions.length;
    double[][] out = new double[count][Math.toIntExact(rows.rows())];
    double[] columns = new double[dim * count];
    for (int p = 0; p < count; p++) {
      for (int c = 0; c < dim; c++) {
        columns[c * count + p] = directions[p][c];
      }
    }
    int height = (int) Math.min(CHUNK, Math.max(1, rows.rows()));
    try (Samples table = engine.lasting(dim, count);
        Samples in = engine.lasting(height, dim);
        Samples products = engine.lasting(height, count)) {
      engine.run(() -> table.write(columns));
      for (long begin = 0; begin < rows.rows(); begin += height) {
        int size = (int) Math.min(height, rows.rows() - begin);
        double[] values = engine.compute(rows.slice(begin, size)::toDoubles);
        for (int at = 0; at < values.length; at++) {
          values[at] -= centre[at % dim];
        }
        Samples part = products.slice(0, size);
        engine.run(
            () -> {
              in.slice(0, size).write(values);
              engine.backend().gemm(in.slice(0, size), table, part);
            });
        double[] found = engine.compute(part::toDoubles);
        for (int i = 0; i < size; i++) {
          for (int p = 0; p < count; p++) {
            out[p][(int) begin + i] = found[i * count + p];
          }
        }
      }
    }
    return out;
  }
}
