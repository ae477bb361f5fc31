package dev.tweedie.blind;

import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Evaluates rows at levels of their own, those of equal levels together: one call takes about as
 * long for a row as for 32. Levels found by iteration are never equal, so they are read between the
 * rungs of a ladder, {@code log sigma^2} a multiple of 2^-8, where what depends on the level is
 * nearly straight: off by {@code 2^-19} of its second derivative in log sigma^2 at most. What a row
 * gets does not depend on the other rows. Belongs to one thread at a time.
 */
final class LevelLadder {
  private static final double RUNG = 0x1p-8;
  private static final int ROWS = 1024;

  private final ExactPosterior posterior;
  private final int dim;
  private final double[] gathered;
  private final double[] found;
  private final double[] traces;

  /** Is given what was found for one of the wanted evaluations. */
  interface Visitor {
    /**
     * @param index of the evaluation
     * @param means array in which the row's mean begins at {@code at}
     * @param trace of its covariance; NaN where not wanted
     */
    void accept(int index, double[] means, int at, double trace);
  }

  LevelLadder(ExactPosterior posterior) {
    this.posterior = posterior;
    dim = posterior.dim();
    gathered = new double[ROWS * dim];
    found = new double[ROWS * dim];
    traces = new double[ROWS];
    Arrays.fill(traces, Double.NaN);
  }

  /** The rung at or below {@code variance}. */
  static int rung(double variance) {
    return (int) Math.floor(StrictMath.log(variance) / RUNG);
  }

  /** How far above its rung {@code variance} is, in rungs. */
  static double above(double variance, int rung) {
    return StrictMath.log(variance) / RUNG - rung;
  }

  static Level level(int rung) {
    return Level.ofSigma(StrictMath.exp(0.5 * RUNG * rung));
  }

  /** Slope with respect to log sigma^2 of what rises by {@code rise} from rung to rung. */
  static double slope(double rise) {
    return rise / RUNG;
  }

  /**
   * Evaluates {@code row[i]} at the level of {@code key[i]}, for every i below {@code count}.
   *
   * @param rows {@code B x d}
   */
  void evaluate(
      double[] rows,
      int[] row,
      int[] key,
      int count,
      IntFunction<Level> level,
      boolean wantTrace,
      Visitor visitor) {
    long[] order = new long[count];
    Arrays.setAll(order, i -> (long) key[i] << 32 | i);
    Arrays.sort(order);
    for (int begin = 0, end; begin < count; begin = end) {
      int group = (int) (order[begin] >> 32);
      end = begin + 1;
      while (end < count && end - begin < ROWS && (int) (order[end] >> 32) == group) {
        end++;
      }
      for (int i = begin; i < end; i++) {
        System.arraycopy(rows, row[(int) order[i]] * dim, gathered, (i - begin) * dim, dim);
      }
      evaluate(end - begin, level.apply(group), wantTrace);
      for (int i = begin; i < end; i++) {
        visitor.accept((int) order[i], found, (i - begin) * dim, traces[i - begin]);
      }
    }
  }

  private void evaluate(int rows, Level level, boolean wantTrace) {
    try (Samples y = posterior.engine().lasting(rows, dim);
        Samples mean = posterior.engine().lasting(rows, dim);
        Samples trace = posterior.engine().lasting(rows, 1)) {
      y.write(Arrays.copyOf(gathered, rows * dim));
      Outputs out = Outputs.of().mean(mean);
      posterior.evaluate(y, level, wantTrace ? out.trace(trace) : out);
      System.arraycopy(mean.toDoubles(), 0, found, 0, rows * dim);
      if (wantTrace) {
        System.arraycopy(trace.toDoubles(), 0, traces, 0, rows);
      }
    }
  }
}
