package dev.tweedie.metric;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;

/**
 * Distortion of estimates against the clean rows, gathered batch by batch in float64. Rows are
 * taken in order, so the figures do not depend on how they were cut into batches.
 *
 * <ul>
 *   <li>MSE: mean of {@code (estimate - clean)^2} over all elements of all rows.
 *   <li>PSNR: mean over the rows (images) of {@code 10 log10(1 / MSE of the row)} dB, for a peak of
 *       1, as papers on images have it; unlike the MSE it weighs every row's logarithm alike. Rows
 *       that are met exactly, whose own is infinite, are left out and counted.
 *   <li>Pooled PSNR: {@code 10 log10(1 / MSE)} dB, of all rows' MSE.
 *   <li>nMSE: {@code sum |estimate - clean|^2 / sum |clean|^2} over all rows, as Fesl et al. 2025
 *       normalise it; infinite where every clean row is zero and an estimate is not.
 * </ul>
 */
public final class Distortion {
  private static final long CHUNK = 1024; // rows of one copy

  private long rows;
  private long exactRows;
  private long elements;
  private double squaredError;
  private double squaredNorm;
  private double decibels;

  /** Distortion of one batch. */
  public static Distortion of(Samples estimate, Samples clean) {
    Distortion distortion = new Distortion();
    distortion.add(estimate, clean);
    return distortion;
  }

  /**
   * Adds a batch.
   *
   * @param estimate {@code B x d}
   * @param clean {@code B x d}, of any backend
   * @throws InvalidInputException where the shapes differ
   */
  public void add(Samples estimate, Samples clean) {
    if (estimate.rows() != clean.rows() || estimate.dim() != clean.dim()) {
      throw new InvalidInputException("clean: found " + clean + ", allowed: " + estimate);
    }
    int dim = clean.dim();
    for (long begin = 0; begin < clean.rows(); begin += CHUNK) {
      long count = Math.min(CHUNK, clean.rows() - begin);
      add(estimate.slice(begin, count).toDoubles(), clean.slice(begin, count).toDoubles(), dim);
    }
    rows += clean.rows();
    elements += clean.rows() * dim;
  }

  private void add(double[] estimates, double[] truths, int dim) {
    for (int row = 0; row < truths.length; row += dim) {
      double error = 0;
      for (int j = 0; j < dim; j++) {
        double truth = truths[row + j];
        double difference = estimates[row + j] - truth;
        error += difference * difference;
        squaredNorm += truth * truth;
      }
      squaredError += error;
      if (error == 0) {
        exactRows++;
      } else {
        decibels -= 10 * Math.log10(error / dim);
      }
    }
  }

  /** Mean squared error of an element; NaN of no rows. */
  public double mse() {
    return squaredError / elements;
  }

  /**
   * Peak signal-to-noise ratio in dB for a peak of 1, averaged over the rows that are not exact;
   * infinite where all are, NaN of no rows.
   */
  public double psnr() {
    return rows > 0 && rows == exactRows ? Double.POSITIVE_INFINITY : decibels / (rows - exactRows);
  }

  /** As {@link #psnr()}, of the mean squared error of all rows together. */
  public double pooledPsnr() {
    return -10 * Math.log10(mse());
  }

  /** Rows that the estimate meets exactly. */
  public long exactRows() {
    return exactRows;
  }

  /** Squared error over the squared norm of the clean rows; NaN where both are zero. */
  public double nmse() {
    return squaredError / squaredNorm;
  }
}
