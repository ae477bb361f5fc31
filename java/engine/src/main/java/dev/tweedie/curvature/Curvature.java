package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Second-order facts of {@code log p_t} at the rows of a batch, for any prior and level, on any
 * backend. With C = Cov[x_0 | x] (mathematics 1.2):
 *
 * <pre>
 * Hessian       H = -(I - (a^2 / s^2) C) / s^2
 * localisation  L = (a^2 / s^2) lambda_max(C)     L &lt;= 1 - delta  &lt;=&gt;  H &lt;= -(delta / s^2) I
 * </pre>
 *
 * All is made of products with C or H, the ops {@code covarianceTimes} and {@code hessianTimes},
 * which keep no matrix. H is not made of C: at small sigma that cancels. Results have the backend's
 * precision: on {@code reference} they are float64.
 */
public final class Curvature {
  /** Largest d for which {@link #covariance} and {@link #hessian} write matrices. */
  public static final int LARGEST_MATRIX = 2048;

  /** Rows whose products are taken together. */
  private static final int TOGETHER = 1024;

  /** Numbers of the vectors that Lanczos keeps at a time: 64 MiB. */
  private static final int BASIS = 1 << 23;

  private final ExactPosterior posterior;
  private final Level level;
  private final int dim;

  /**
   * @throws InvalidInputException where sigma is 0
   */
  public Curvature(ExactPosterior posterior, Level level) {
    if (level.sigma() == 0) {
      throw new InvalidInputException("level: found sigma 0, allowed: sigma > 0");
    }
    this.posterior = posterior;
    this.level = level;
    this.dim = posterior.dim();
  }

  /**
   * {@code out_i = C(x_i) v_i}.
   *
   * @param x {@code B x d}
   * @param v {@code B x d}
   * @param out {@code B x d}, apart from x; may be v
   */
  public void covarianceTimes(Samples x, Samples v, Samples out) {
    posterior.covarianceTimes(x, level, v, out);
  }

  /**
   * {@code out_i = H(x_i) v_i}.
   *
   * @param x {@code B x d}
   * @param v {@code B x d}
   * @param out {@code B x d}, apart from x; may be v
   */
  public void hessianTimes(Samples x, Samples v, Samples out) {
    posterior.hessianTimes(x, level, v, out);
  }

  /** The level that this was made for. */
  public Level level() {
    return level;
  }

  /**
   * {@code d^2}, the columns of {@link #covariance} and {@link #hessian}.
   *
   * @throws InvalidInputException where d is over {@value #LARGEST_MATRIX}
   */
  public static int matrixSize(int dim) {
    if (dim > LARGEST_MATRIX) {
      throw new InvalidInputException(
          "matrix: found dimension " + dim + ", allowed: at most " + LARGEST_MATRIX);
    }
    return dim * dim;
  }

  /**
   * C, the symmetric {@code d x d} matrix of each row.
   *
   * @param out {@code B x d^2}
   */
  public void covariance(Samples x, Samples out) {
    matrices(x, this::covarianceTimes, out);
  }

  /** As {@link #covariance(Samples, Samples)}, into new samples. */
  public Samples covariance(Samples x) {
    Samples out = posterior.engine().samples(x.rows(), matrixSize(dim));
    covariance(x, out);
    return out;
  }

  /**
   * H, the symmetric {@code d x d} matrix of each row.
   *
   * @param out {@code B x d^2}
   */
  public void hessian(Samples x, Samples out) {
    matrices(x, this::hessianTimes, out);
  }

  /** As {@link #hessian(Samples, Samples)}, into new samples. */
  public Samples hessian(Samples x) {
    Samples out = posterior.engine().samples(x.rows(), matrixSize(dim));
    hessian(x, out);
    return out;
  }

  /** {@code out = A v}, A of each row. */
  private interface Operator {
    void times(Samples x, Samples v, Samples out);
  }

  /** From products with unit vectors. */
  private void matrices(Samples x, Operator operator, Samples out) {
    if (out.rows() != x.rows() || out.dim() != matrixSize(dim)) {
      throw new InvalidInputException(
          "out: found " + out + ", allowed: " + x.rows() + " x " + matrixSize(dim));
    }
    int group = Math.max(1, TOGETHER / dim);
    Samples at = temporary(group * dim);
    Samples columns = temporary(group * dim);
    double[] all = new double[dim * dim];
    double[] units = new double[group * dim * dim];
    for (int row = 0; row < group * dim; row++) {
      units[row * dim + row % dim] = 1;
    }
    for (long first = 0; first < x.rows(); first += group) {
      int count = (int) Math.min(group, x.rows() - first);
      int rows = count * dim;
      for (int row = 0; row < rows; row++) {
        copyRow(x, first + row / dim, at, row);
      }
      columns.write(units);
      operator.times(at.slice(0, rows), columns.slice(0, rows), columns.slice(0, rows));
      double[] found = columns.slice(0, rows).toDoubles();
      for (int row = 0; row < rows; row++) {
        int i = row % dim;
        for (int j = 0; j <= i; j++) { // the columns' rounding must not show
          double middle = 0.5 * (found[row * dim + j] + found[(row - i + j) * dim + i]);
          all[i * dim + j] = middle;
          all[j * dim + i] = middle;
        }
        if (i + 1 == dim) {
          out.slice(first + row / dim, 1).write(all);
        }
      }
    }
  }

  /** Diagonals of C, {@code B x d}. */
  public Samples diagonal(Samples x) {
    return posterior.covarianceDiagonal(x, level);
  }

  /** Traces of C, {@code B x 1}. */
  public Samples trace(Samples x) {
    return posterior.covarianceTrace(x, level);
  }

  /**
   * Largest eigenvalues of C at each row. Of a prior of one component, whose C no row changes, they
   * are known: {@code s^2 c / (a^2 c + s^2)}, c the largest variance. Else by Lanczos on products
   * with C: to 12 digits in float64 and 6 in float32, for at most 300 products a row; a row that
   * has converged takes part in no further ones. {@link TopEigenvalue#missed} says how far above a
   * larger one may have escaped: a direction that is no axis and stands out by less than some 1e-4
   * of the value in float32 is next to invisible to products.
   */
  public List<TopEigenvalue> topEigenvalues(Samples x) {
    if (posterior.components() == 1) {
      // says what it says of any rows: their size, and that they are finite
      Samples evidence = posterior.engine().samples(x.rows(), 1);
      posterior.evaluate(x, level, Outputs.of().with(Output.EVIDENCE, evidence));
      double c = Variances.largest(posterior.prior());
      double a = level.alpha();
      double s = level.sigma();
      double value = s * s * c / (a * a * c + s * s);
      var known = new TopEigenvalue(value, 0x1p-50 * value, 0, 0);
      return Collections.nCopies(Math.toIntExact(x.rows()), known);
    }
    List<TopEigenvalue> out = new ArrayList<>();
    int most = Math.clamp(BASIS / ((long) dim * Lanczos.largestSpace(dim)), 1, TOGETHER);
    Samples rows = temporary(most);
    Samples vectors = temporary(most);
    for (long first = 0; first < x.rows(); first += most) {
      int count = (int) Math.min(most, x.rows() - first);
      rows.slice(0, count).copyFrom(x.slice(first, count));
      Lanczos lanczos = new Lanczos(posterior.engine(), vectors.slice(0, count));
      out.addAll(lanczos.run(products(rows, seeds(rows, count), axes(rows, vectors, count))));
    }
    return out;
  }

  /** Of each row's own bits: its start is the same in any batch. */
  private long[] seeds(Samples rows, int count) {
    long[] seeds = new long[count];
    double[] row = new double[dim];
    for (int i = 0; i < count; i++) {
      rows.readRow(i, row);
      seeds[i] = Arrays.hashCode(row);
    }
    return seeds;
  }

  /** The axes on which the diagonals of C are largest; {@code room} is written to. */
  private int[] axes(Samples rows, Samples room, int count) {
    Samples diagonal = room.slice(0, count);
    posterior.evaluate(rows.slice(0, count), level, Outputs.of().with(Output.DIAGONAL, diagonal));
    int[] axes = new int[count];
    double[] row = new double[dim];
    for (int i = 0; i < count; i++) {
      diagonal.readRow(i, row);
      for (int j = 1; j < dim; j++) {
        axes[i] = row[j] > row[axes[i]] ? j : axes[i];
      }
    }
    return axes;
  }

  private Lanczos.Operators products(Samples rows, long[] seeds, int[] axes) {
    return new Lanczos.Operators() {
      @Override
      public long seed(int i) {
        return seeds[i];
      }

      @Override
      public int axis(int i) {
        return axes[i];
      }

      @Override
      public void times(Samples v) {
        covarianceTimes(rows.slice(0, v.rows()), v, v);
      }

      @Override
      public void move(int from, int to) {
        copyRow(rows, from, rows, to);
      }
    };
  }

  /** L at each row, {@code B x 1}: the operator norm of {@code (a^2 / s^2) C}. */
  public Samples localisation(Samples x) {
    Samples out = posterior.engine().samples(x.rows(), 1);
    out.write(topEigenvalues(x).stream().mapToDouble(top -> level.snr() * top.value()).toArray());
    return out;
  }

  private Samples temporary(int rows) {
    return posterior.engine().samples(rows, dim);
  }

  static void copyRow(Samples from, long row, Samples to, long at) {
    to.slice(at, 1).copyFrom(from.slice(row, 1));
  }
}
