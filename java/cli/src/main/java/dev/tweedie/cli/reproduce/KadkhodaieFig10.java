package dev.tweedie.cli.reproduce;

import dev.tweedie.Samples;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.BlindStep.Form;
import dev.tweedie.cli.reproduce.BlindBesideTold.Claim;
import dev.tweedie.metric.Estimate;
import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;

/** Data of one dimension: the level found in one observation, and samples of lines and a curve. */
final class KadkhodaieFig10 implements Experiment {
  private static final int RANK = 1;
  private static final int[] DIMS = {10, 100, 1000};
  private static final int ELLIPSE_DIM = 100;
  private static final BlindStep STEP = new BlindStep(Form.EULER, 0, .3);

  /** Half axes, and Gaussians along the curve. */
  private static final double WIDE = 3;

  private static final double HIGH = 1.5;
  private static final int PIECES = 64;

  @Override
  public String name() {
    return "kadkhodaie-fig10";
  }

  @Override
  public String item() {
    return BlindMeasures.PAPER + "Fig. 10";
  }

  @Override
  public String summary() {
    return "data of rank 1: levels found, samples in 1000 dimensions, an ellipse in 100";
  }

  @Override
  public Result run(Context context) {
    Plot density = new Plot("Most likely sigma^2 where it is 1, rank 1", "sigma^2", "density");
    ResultTable levels = levels(context, density);
    BlindBesideTold chains =
        new BlindBesideTold(context, STEP, BlindBesideTold::mostLikely, context.size(300, 2000));
    chains.measure(DIMS[DIMS.length - 1], RANK, Claim.WORKS);
    Plot curve = new Plot("Samples of an ellipse, d = " + ELLIPSE_DIM, "x_1", "x_2").sameScale();
    ResultTable ellipse = ellipse(context, curve);
    return new Result(
        List.of(levels, chains.table(), ellipse),
        List.of(density, chains.plots().getFirst(), curve),
        List.of(
            "Levels: two Gaussians at -2 e_1 and 2 e_1, variance .16 along e_1 alone; the deviation"
                + " is sqrt(2 / (d - 1 + 1 / 1.16^2)). In 10 dimensions the law is"
                + " skewed, so the numbers are not judged.",
            "Samples: Euler, no noise put back, h = .3, the most likely level, as in Fig. 2. Told"
                + " chains start from the same noise.",
            "The paper does not print its ellipse: here Gaussians of rank 1 along its tangents,"
                + " half as wide as they are apart."));
  }

  private static ResultTable levels(Context context, Plot plot) {
    int draws = context.size(500, 4000);
    ResultTable table =
        new ResultTable(
            "Most likely sigma^2 where it is 1; " + draws + " draws",
            "theory",
            List.of("d"),
            List.of("mean", "deviation"));
    for (int dim : DIMS) {
      ExactPosterior posterior =
          ExactPosterior.of(context.engine(), BlindMeasures.twoGaussians(dim, RANK));
      Samples y =
          BlindMeasures.noisy(
              context.engine(),
              BlindMeasures.clean(posterior, draws, context.seed()),
              1,
              context.seed());
      double[] sigma = new double[draws];
      BlindMeasures.mostLikely(posterior, .01, 10)
          .estimate(y, context.engine().samples(draws, dim), sigma);
      double[] variance = Arrays.stream(sigma).map(one -> one * one).toArray();
      // Directions with variance c tell less of the level: mathematics 4(a).
      double inData = 1 / (1 + BlindMeasures.VARIANCE);
      double expected = Math.sqrt(2 / (dim - RANK + RANK * inData * inData));
      Estimate mean = Estimate.mean(variance);
      double deviation = mean.standardError() * Math.sqrt(draws);
      boolean many = dim >= 100;
      table.row(
          List.of(String.valueOf(dim)),
          many
              ? Value.within(mean.value(), 1, 4 * mean.standardError() + 1. / dim)
              : Value.beside(mean.value(), 1),
          many
              // A deviation's own relative error is sqrt(1 / 2 n).
              ? Value.within(deviation, expected, expected * (.03 + 4 / Math.sqrt(2. * draws)))
              : Value.beside(deviation, expected));
      BlindMeasures.density(plot, "d = " + dim, variance);
    }
    return table;
  }

  private static ResultTable ellipse(Context context, Plot plot) {
    int rows = context.size(300, 2000);
    ExactPosterior posterior = ExactPosterior.of(context.engine(), ellipse());
    Samples exact = BlindMeasures.clean(posterior, rows, context.seed());
    Samples told = sample(new Told(posterior, STEP, BlindBesideTold.START), context, rows);
    Samples blind = sample(BlindBesideTold.mostLikely(posterior), context, rows);
    ResultTable table =
        new ResultTable(
            "%d samples of an ellipse of %d Gaussians, half axes %s and %s, d = %d"
                .formatted(rows, PIECES, WIDE, HIGH, ELLIPSE_DIM),
            "told",
            List.of("mean of"),
            List.of("of the law itself", "blind"));
    for (Quantity quantity : Quantity.values()) {
      Estimate found = quantity.mean(blind);
      table.row(
          List.of(quantity.name),
          Value.of(quantity.mean(exact).value()),
          Value.within(found.value(), quantity.mean(told).value(), 4 * found.standardError()));
    }
    BlindBesideTold.points(BlindBesideTold.points(plot, "told", told), "blind", blind);
    return table;
  }

  private static Samples sample(BlindEstimate estimate, Context context, int rows) {
    return new BlindChain(
            estimate, STEP, BlindBesideTold.START, BlindBesideTold.STOP, context.seed(), rows)
        .sample(0, rows)
        .state();
  }

  /** Gaussians of rank 1 along tangents, half as wide as they are apart. */
  private static GaussianMixture ellipse() {
    double[] weights = new double[PIECES];
    double[] means = new double[PIECES * ELLIPSE_DIM];
    double[] factors = new double[PIECES * ELLIPSE_DIM];
    Arrays.fill(weights, 1);
    for (int k = 0; k < PIECES; k++) {
      double angle = 2 * Math.PI * k / PIECES;
      int at = k * ELLIPSE_DIM;
      means[at] = WIDE * Math.cos(angle);
      means[at + 1] = HIGH * Math.sin(angle);
      factors[at] = -WIDE * Math.sin(angle) * Math.PI / PIECES;
      factors[at + 1] = HIGH * Math.cos(angle) * Math.PI / PIECES;
    }
    return new GaussianMixture(
        weights, means, ELLIPSE_DIM, new Covariance.LowRank(factors, RANK, new double[PIECES]));
  }

  /** What is compared of a sample's first two coordinates. */
  private enum Quantity {
    WIDTH("x_1^2", (x, y) -> x * x),
    HEIGHT("x_2^2", (x, y) -> y * y),
    OFF("distance of the scaled radius from 1", (x, y) -> Math.abs(radius(x, y) - 1));

    final String name;
    private final DoubleBinaryOperator of;

    Quantity(String name, DoubleBinaryOperator of) {
      this.name = name;
      this.of = of;
    }

    Estimate mean(Samples samples) {
      double[] x = BlindMeasures.column(samples, 0);
      double[] y = BlindMeasures.column(samples, 1);
      return Estimate.mean(
          IntStream.range(0, x.length).mapToDouble(i -> of.applyAsDouble(x[i], y[i])).toArray());
    }

    private static double radius(double x, double y) {
      return Math.hypot(x / WIDE, y / HIGH);
    }
  }
}
