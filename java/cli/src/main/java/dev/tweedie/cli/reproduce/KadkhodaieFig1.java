package dev.tweedie.cli.reproduce;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Samples;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.metric.Distortion;
import dev.tweedie.metric.Estimate;
import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.List;

/**
 * How well the noise level shows in one observation: two Gaussians in the plane, sigma 1, and ever
 * more dimensions that hold nothing but noise.
 */
final class KadkhodaieFig1 implements Experiment {
  private static final int RANK = 2;
  private static final int DRAWS = 2000; // behind the golden numbers

  /** Deviation of a row's squared error; rows between the modes make it so large. */
  private static final double SQUARED_ERROR = 1.42;

  /** From 100 dimensions on, the laws of concentration hold; below, only the table is compared. */
  private static final int MANY = 100;

  /**
   * @param lambda golden {@code E|lambda - 1|^2} under the posterior of the level
   * @param scaled the same times d
   * @param told golden squared error of the denoiser that is told sigma
   */
  private record Golden(
      int dim,
      double mean,
      double deviation,
      double residual,
      double lambda,
      double scaled,
      double told,
      double blind) {}

  private static final List<Golden> GOLDEN =
      List.of(
          new Golden(2, 1.036, 1.216, .659, 2.8e7, Double.NaN, .553, 1.266),
          new Golden(10, 1.009, .461, .948, 1.72, Double.NaN, .513, .540),
          new Golden(100, .998, .137, .994, .0462, 4.6, .546, .544),
          new Golden(500, 1.001, .063, .999, .0082, 4.1, .464, .465),
          new Golden(1000, 1.000, .044, .999, .0041, 4.1, .522, .521),
          new Golden(5000, 1.000, .020, 1.000, .0008, 4.0, .535, .534));

  @Override
  public String name() {
    return "kadkhodaie-fig1";
  }

  @Override
  public String item() {
    return BlindMeasures.PAPER + "Fig. 1";
  }

  @Override
  public String summary() {
    return "the noise level found in one observation, by dimension";
  }

  @Override
  public Result run(Context context) {
    int draws = context.size(500, DRAWS);
    // Standard error of the difference of two means, in units of the deviation of one draw.
    double error = Math.sqrt(1. / draws + 1. / DRAWS);
    ResultTable variances =
        new ResultTable(
            "Most likely sigma^2 where it is 1, and the residual's sigma; " + draws + " draws",
            "golden",
            List.of("d"),
            List.of("mean", "deviation", "sqrt(2/(d-2))", "residual sigma"));
    ResultTable consequences =
        new ResultTable(
            "Posterior of lambda = 1 / sigma^2, and the price of not being told sigma",
            "golden",
            List.of("d"),
            List.of("E|lambda-1|^2", "d E|lambda-1|^2", "told MSE", "blind MSE", "blind / told"));
    Plot plot = new Plot("Most likely sigma^2 where it is 1", "sigma^2", "density");
    for (Golden golden : GOLDEN) {
      int dim = golden.dim();
      if (dim > context.size(500, 5000)) {
        continue;
      }
      ExactPosterior posterior =
          ExactPosterior.of(context.engine(), BlindMeasures.twoGaussians(dim, RANK));
      Samples clean = BlindMeasures.clean(posterior, draws, context.seed());
      Samples y = BlindMeasures.noisy(context.engine(), clean, 1, context.seed());
      double[] variance = new double[draws];
      double residual = mostLikely(posterior, y, variance);
      double deviation = deviation(variance);
      variances.row(
          List.of(String.valueOf(dim)),
          // A tail of small evidence makes the deviation itself uncertain in few dimensions.
          Value.within(mean(variance), golden.mean(), 4 * error * golden.deviation()),
          Value.within(deviation, golden.deviation(), 4 * error * golden.deviation()),
          Value.of(Math.sqrt(2. / (dim - RANK))),
          Value.within(residual, golden.residual(), 4 * error / Math.sqrt(2 * dim)));
      blind(golden, posterior, clean, y, error, consequences);
      if (dim <= 500) {
        BlindMeasures.density(plot, "d = " + dim, variance);
      }
    }
    return new Result(
        List.of(variances, consequences),
        List.of(plot),
        List.of(
            "Gaussians at -2 e_1 and 2 e_1, variance .16 in the plane; the paper prints none.",
            "Means over observations and, for lambda, over its posterior under Theta ~ sigma^-3 on"
                + " sigma .01 to 10: each has a variance of 2/d, so 4/d together. In few dimensions"
                + " that mean hangs on the rarest draws, and is not judged.",
            "The squared error of a denoiser that is told sigma is the same in every dimension,"
                + " .5583 by quadrature; one draw has a deviation of 1.42.",
            "The residual's sigma is |D(y) - y| / sqrt(d) at the most likely level."));
  }

  /** Most likely variances, and the mean of the residual's sigma. */
  private static double mostLikely(ExactPosterior posterior, Samples y, double[] variance) {
    int rows = variance.length;
    Samples denoised = posterior.engine().samples(rows, y.dim());
    Samples squares = posterior.engine().samples(rows, 1);
    double[] sigma = new double[rows];
    BlindMeasures.mostLikely(posterior, .01, 10).estimate(y, denoised, sigma);
    Arrays.setAll(variance, i -> sigma[i] * sigma[i]);
    posterior.engine().backend().residual(y, denoised, squares);
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      sum += Math.sqrt(squares.get(i, 0) / y.dim());
    }
    return sum / rows;
  }

  private static void blind(
      Golden golden,
      ExactPosterior posterior,
      Samples clean,
      Samples y,
      double error,
      ResultTable table) {
    int dim = golden.dim();
    boolean many = dim >= MANY;
    // The posterior of log sigma has a deviation of sqrt(1 / 2 d), .01 at most: cells of about that
    // are enough for the trapezoid rule, which is off by 1e-6 there.
    LevelPrior levels =
        many ? LevelPrior.powerLaw(3, .5, 2, 121) : LevelPrior.powerLaw(3, .01, 10, 241);
    int rows = (int) y.rows();
    Samples masses = posterior.engine().samples(rows, levels.size());
    Samples denoised = posterior.engine().samples(rows, dim);
    new ExactBlindDenoiser(posterior, levels)
        .evaluate(y, BlindOutputs.of().mean(denoised).levels(masses));
    double[] row = new double[levels.size()];
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      masses.readRow(i, row);
      sum += levels.mean(row, sigma -> Math.pow(1 / (sigma * sigma) - 1, 2));
    }
    double lambda = sum / rows;
    double blind = dim * Distortion.of(denoised, clean).mse();
    double told = dim * Distortion.of(posterior.denoise(y, Level.ofSigma(1)), clean).mse();
    table.row(
        List.of(String.valueOf(dim)),
        Value.beside(lambda, golden.lambda()),
        // Twice chi^2 / d: a deviation of 3 / d; printed with two digits.
        many
            ? Value.within(dim * lambda, golden.scaled(), 4 * error * 3 + .05)
            : Value.of(dim * lambda),
        Value.within(told, golden.told(), 4 * error * SQUARED_ERROR),
        Value.within(blind, golden.blind(), 4 * error * SQUARED_ERROR),
        many ? Value.within(blind / told, 1, .01) : Value.of(blind / told));
  }

  private static double mean(double[] values) {
    return Estimate.mean(values).value();
  }

  private static double deviation(double[] values) {
    return Estimate.mean(values).standardError() * Math.sqrt(values.length);
  }
}
