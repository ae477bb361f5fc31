package dev.tweedie.metric;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import java.util.Arrays;

/**
 * Squared distances of every row of one sample to every row of another, block by block, on the
 * engine's product: {@code |x - y|^2 = |x|^2 + |y|^2 - 2 x . y}, of rows less a common centre. That
 * form cancels for rows that are close to each other, so each distance comes with its bound, and
 * {@link #exact} computes those that matter anew, in float64 from the differences.
 */
final class PairDistances implements AutoCloseable {
  private static final int BLOCK = 2048;

  /** Rows that a thread takes at a time. */
  private static final int STRIP = 64;

  /** Half of the distance from 1 to the next float32; of float64. */
  private static final double SINGLE = 0x1p-24;

  private static final double DOUBLE = 0x1p-53;

  /** What a product that underflows in float32 loses; rows are scaled to lengths of at most 1. */
  private static final double UNDERFLOW = 0x1p-126;

  private final Engine engine;
  private final int dim;
  private final double[] first;
  private final double[] second;
  private final double[] firstNorms;
  private final double[] secondNorms;
  private final double rounding;
  private final double scale; // of two, that brings the longest row to at most 1
  private final Samples left; // BLOCK x d
  private final Samples right; // d x BLOCK
  private final Samples products;
  private final double[] numbers; // of the products

  /** Work on a row of a block. */
  interface Row {
    /**
     * @param row of the first sample
     * @param column the first of the second sample, {@code squares[0]} is its distance
     * @param columns how many
     * @param squares distances, may be below 0 by their bound
     */
    void on(int row, int column, int columns, double[] squares);
  }

  PairDistances(Engine engine, Samples first, Samples second) {
    if (first.dim() != second.dim()) {
      throw new InvalidInputException(
          "samples: found dimension " + second.dim() + ", allowed: " + first.dim());
    }
    this.engine = engine;
    dim = first.dim();
    this.second = numbers(engine, second);
    this.first = first == second ? this.second : numbers(engine, first);
    double[] centre = mean(this.second);
    subtract(this.second, centre);
    if (first != second) {
      subtract(this.first, centre);
    }
    double longest = Math.sqrt(Math.max(largest(this.first), largest(this.second)));
    if (Double.isInfinite(longest)) {
      throw new InvalidInputException(
          "samples: found rows as long as 1e154, allowed: rows whose squares are numbers");
    }
    scale = longest > 0 ? Math.scalb(1.0, -1 - Math.getExponent(longest)) : 1;
    firstNorms = norms(this.first);
    secondNorms = first == second ? firstNorms : norms(this.second);
    int height = Math.min(BLOCK, firstNorms.length);
    int width = Math.min(BLOCK, secondNorms.length);
    left = engine.lasting(height, dim);
    rounding = left.precision() == Precision.FLOAT64 ? DOUBLE : SINGLE;
    right = engine.lasting(dim, width);
    products = engine.lasting(height, width);
    numbers = new double[height * width];
  }

  private static double[] numbers(Engine engine, Samples samples) {
    if (samples.rows() * samples.dim() > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException(
          "samples: found " + samples + ", allowed: at most 2^31 - 9 numbers");
    }
    long bad = engine.compute(samples::firstNonFiniteRow);
    if (bad >= 0) {
      throw new InvalidInputException(
          "samples: found NaN or infinity in row " + bad + ", allowed: finite numbers");
    }
    return engine.compute(samples::toDoubles);
  }

  /** As floats, so that float32 rows less it are exact in float64. */
  private double[] mean(double[] rows) {
    double[] mean = new double[dim];
    for (int at = 0; at < rows.length; at += dim) {
      for (int c = 0; c < dim; c++) {
        mean[c] += rows[at + c];
      }
    }
    return Arrays.stream(mean).map(sum -> (float) (sum * dim / rows.length)).toArray();
  }

  private double largest(double[] rows) {
    double largest = 0;
    for (int at = 0; at < rows.length; at += dim) {
      largest = Math.max(largest, square(rows, at));
    }
    return largest;
  }

  private double square(double[] rows, int from) {
    double sum = 0;
    for (int at = from; at < from + dim; at++) {
      sum += rows[at] * rows[at];
    }
    return sum;
  }

  private void subtract(double[] rows, double[] centre) {
    for (int at = 0; at < rows.length; at += dim) {
      for (int c = 0; c < dim; c++) {
        rows[at + c] -= centre[c];
      }
    }
  }

  /** Lengths of the rows, which are brought to scale. */
  private double[] norms(double[] rows) {
    for (int at = 0; at < rows.length; at++) {
      rows[at] *= scale;
    }
    double[] norms = new double[rows.length / dim];
    for (int i = 0; i < norms.length; i++) {
      norms[i] = Math.sqrt(square(rows, i * dim));
    }
    return norms;
  }

  /** Rows of the first sample. */
  int rows() {
    return firstNorms.length;
  }

  /**
   * Visits every pair; rows of a block on all threads, the blocks of a row from left to right.
   *
   * @param above only pairs whose column is larger than their row
   */
  void forEachRow(boolean above, Row work) {
    for (int column = 0; column < secondNorms.length; column += BLOCK) {
      int width = Math.min(BLOCK, secondNorms.length - column);
      Samples panel = right.shaped(dim, width);
      fillColumns(panel, column, width);
      int last = above ? Math.min(rows(), column + width) : rows();
      for (int row = 0; row < last; row += BLOCK) {
        multiply(row, Math.min(BLOCK, rows() - row), panel);
        visit(row, Math.min(BLOCK, rows() - row), column, width, above, work);
      }
    }
  }

  /** Products of a block, to the host in one piece. */
  private void multiply(int row, int height, Samples panel) {
    Samples in = left.slice(0, height);
    Samples out = products.shaped(height, panel.dim());
    engine.run(
        () -> {
          in.write(Arrays.copyOfRange(first, row * dim, (row + height) * dim));
          engine.backend().gemm(in, panel, out);
          out.read(numbers);
        });
  }

  private void visit(int row, int height, int column, int width, boolean above, Row work) {
    engine.forEachChunk(
        height,
        STRIP,
        (begin, count) -> {
          double[] squares = new double[width];
          for (int i = (int) begin; i < begin + count; i++) {
            int from = above ? Math.max(0, row + i + 1 - column) : 0;
            double square = firstNorms[row + i] * firstNorms[row + i];
            for (int j = from; j < width; j++) {
              double other = secondNorms[column + j];
              squares[j - from] =
                  (square + other * other - 2 * numbers[i * width + j]) / (scale * scale);
            }
            if (from < width) {
              work.on(row + i, column + from, width - from, squares);
            }
          }
        });
  }

  private void fillColumns(Samples panel, int column, int width) {
    double[] transposed = new double[dim * width];
    for (int j = 0; j < width; j++) {
      for (int c = 0; c < dim; c++) {
        transposed[c * width + j] = second[(column + j) * dim + c];
      }
    }
    engine.run(() -> panel.write(transposed));
  }

  /** Half of the distance from 1 to the next number of the engine's precision. */
  double rounding() {
    return rounding;
  }

  /**
   * The largest error of one factor of a product and of its chain of d steps, in units of {@link
   * #rounding}: each step rounds a sum that is at most {@code |x| |y|} (Higham 2002, section 3.1).
   */
  int roundings() {
    return dim + 2;
  }

  /** How far a visited distance may be from the true one. */
  double bound(int row, int column) {
    double x = firstNorms[row];
    double y = secondNorms[column];
    double products = 2 * roundings() * rounding * x * y + 2 * dim * UNDERFLOW;
    double norms = (dim + 4) * DOUBLE * (x * x + y * y);
    return 1.01 * (products + norms) / (scale * scale); // and what this line rounds
  }

  /** The distance by differences, to float64's rounding. */
  double exact(int row, int column) {
    double sum = 0;
    int from = row * dim;
    int other = column * dim;
    for (int c = 0; c < dim; c++) {
      double gap = (first[from + c] - second[other + c]) / scale;
      sum += gap * gap;
    }
    return sum;
  }

  @Override
  public void close() {
    left.close();
    right.close();
    products.close();
  }
}
