package dev.tweedie.cli.reproduce;

import dev.tweedie.Samples;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Samples that blind chains draw of two Gaussians, beside those of chains with the same noise that
 * are told their levels: a row of a table and a picture by dimension.
 */
final class BlindBesideTold {
  static final double START = 10;
  static final double STOP = .01;

  /** Samples in a picture. */
  private static final int SHOWN = 500;

  /** Finds the level of a row and denoises it. */
  @FunctionalInterface
  interface Blind {
    BlindEstimate of(ExactPosterior posterior);
  }

  /** What the paper says of a dimension. */
  enum Claim {
    FAILS,
    WORKS,
    NONE
  }

  private final Context context;
  private final BlindStep step;
  private final Blind blind;
  private final int rows;
  private final double[] schedule;
  private final ResultTable table;
  private final List<Plot> plots = new ArrayList<>();

  BlindBesideTold(Context context, BlindStep step, Blind blind, int rows) {
    this.context = context;
    this.step = step;
    this.blind = blind;
    this.rows = rows;
    this.schedule = BlindMeasures.schedule(step, START, STOP);
    this.table =
        new ResultTable(
            "Folded W2 of x_1 from its law: %d chains from sigma %s to %s, a = %s, h = %s"
                .formatted(rows, START, STOP, step.a(), step.h()),
            "expected",
            List.of("d"),
            List.of("told", "blind", "told / blind", "levels off by", "steps", "share stopped"));
  }

  /**
   * Adds a dimension: a row, and a picture where the paper has one.
   *
   * @param rank directions of the Gaussians
   */
  void measure(int dim, int rank, Claim claim) {
    ExactPosterior posterior =
        ExactPosterior.of(context.engine(), BlindMeasures.twoGaussians(dim, rank));
    Samples told = chain(new Told(posterior, step, START)).sample(0, rows).state();
    BlindLevels levels = new BlindLevels(rows, STOP);
    BlindChain.Result end = chain(blind.of(posterior)).observe(levels).sample(0, rows);
    double known = BlindMeasures.distance(told, STOP);
    double found = BlindMeasures.distance(end.state(), STOP);
    table.row(
        List.of(String.valueOf(dim)),
        Value.of(known),
        Value.of(found),
        ratio(known / found, claim),
        deviation(levels, claim, dim, rank),
        claim == Claim.WORKS
            // One step is what acceptance allows.
            ? Value.within(levels.steps(), Math.log(STOP / START) / Math.log(step.contraction()), 1)
            : Value.of(levels.steps()),
        Value.of((double) end.stopped() / rows));
    if (claim != Claim.NONE) {
      plots.add(picture("d = " + dim, end.state(), told));
    }
  }

  /** The most likely level and the denoiser there (Algorithm 3), for all levels of these chains. */
  static BlindEstimate mostLikely(ExactPosterior posterior) {
    return BlindMeasures.mostLikely(posterior, STOP / 10, 3 * START);
  }

  ResultTable table() {
    return table;
  }

  List<Plot> plots() {
    return plots;
  }

  private BlindChain chain(BlindEstimate estimate) {
    return new BlindChain(estimate, step, START, STOP, context.seed(), rows);
  }

  /**
   * What fails is farther from the law by half at least; what works is where the told chain is: the
   * two share most of the spread of a distance of n samples, sqrt(.16 / n).
   */
  private Value ratio(double ratio, Claim claim) {
    return switch (claim) {
      case FAILS -> Value.within(ratio, 0, 2. / 3);
      case WORKS -> Value.within(ratio, 1, context.tolerance(.25, .1));
      case NONE -> Value.of(ratio);
    };
  }

  /** Largest relative deviation of the mean level from the implicit schedule, until rows stop. */
  private Value deviation(BlindLevels levels, Claim claim, int dim, int rank) {
    double largest = 0;
    for (int k = 0; k < Math.min(schedule.length - 1, levels.count()); k++) {
      largest = Math.max(largest, Math.abs(levels.mean(k).value() / schedule[k] - 1));
    }
    return claim == Claim.WORKS ? Value.within(largest, 0, bound(dim, rank)) : Value.of(largest);
  }

  /**
   * Of the mean level's deviation. Fresh noise, a share q of a level's square, moves its logarithm
   * by a variance of {@code (2 q^2 + 4 q (1 - q)) / 4d} a step, after the start's {@code 1 / 2d}:
   * the mean falls below the root mean square by half the sum. A residual misses at most rank
   * directions of that noise. The rest is four standard errors.
   */
  private double bound(int dim, int rank) {
    double steps = schedule.length - 1;
    double share = step.noise() / (step.contraction() * step.contraction());
    double spread = (.5 + steps * share * (1 - share / 2)) / dim;
    return spread / 2 + steps * share * rank / (2 * dim) + 4 * Math.sqrt(spread / rows);
  }

  private Plot picture(String name, Samples blind, Samples told) {
    Plot plot =
        new Plot("Samples of blind chains and of told ones, " + name, "x_1", "x_2").sameScale();
    return points(points(plot, "told", told), "blind", blind);
  }

  /** Adds the first two coordinates of as many samples as a picture has. */
  static Plot points(Plot plot, String name, Samples samples) {
    int shown = (int) Math.min(SHOWN, samples.rows());
    return plot.add(
        name,
        Plot.Style.POINTS,
        Arrays.copyOf(BlindMeasures.column(samples, 0), shown),
        Arrays.copyOf(BlindMeasures.column(samples, 1), shown));
  }
}
