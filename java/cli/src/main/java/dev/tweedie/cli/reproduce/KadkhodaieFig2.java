package dev.tweedie.cli.reproduce;

import dev.tweedie.Samples;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.BlindStep.Form;
import dev.tweedie.cli.reproduce.BlindBesideTold.Claim;
import dev.tweedie.posterior.ExactPosterior;
import java.util.Arrays;
import java.util.List;

/** Deterministic blind chains at the most likely level: lost in the plane, right in many more. */
final class KadkhodaieFig2 implements Experiment {
  private static final int RANK = 2;

  @Override
  public String name() {
    return "kadkhodaie-fig2";
  }

  @Override
  public String item() {
    return BlindMeasures.PAPER + "Fig. 2";
  }

  @Override
  public String summary() {
    return "samples of blind chains in 2 dimensions and in 500";
  }

  @Override
  public Result run(Context context) {
    BlindBesideTold chains =
        new BlindBesideTold(
            context,
            new BlindStep(Form.EULER, 0, .3),
            BlindBesideTold::mostLikely,
            context.size(500, 4000));
    chains.measure(2, RANK, Claim.FAILS);
    chains.measure(10, RANK, Claim.NONE);
    chains.measure(100, RANK, Claim.NONE);
    chains.measure(500, RANK, Claim.WORKS);
    return new Result(
        List.of(chains.table(), byStep(context)),
        chains.plots(),
        List.of(
            "Two Gaussians at -2 e_1 and 2 e_1, variance .16 in the plane (the paper prints none);"
                + " Euler, no noise put back, the most likely level (Algorithm 3).",
            "Both chains start from the same noise, so told / blind is 1 where nothing is lost by"
                + " not knowing sigma. The pictures' verdicts, fails in 2 dimensions and works in"
                + " 500, are taken as two thirds at most and 1 within a tenth"
                + " (a quarter at quick sizes).",
            "In 2 dimensions rows stop on circles of radius sqrt(2 * .16) = .566 around the means:"
                + " there the mode alone explains the observation, and sigma seems to be 0.",
            "What told chains have left is the error of a step of .3, the same in every dimension:"
                + " their modes end .08 too near to 0. In 10 dimensions levels spread from row to"
                + " row by a quarter of themselves, sqrt(2 / (d - 2)) / 2, which moves modes"
                + " outwards by .03 at any step: at .3 that makes up for part of the step's error,"
                + " so blind chains come out nearer than told ones; with the step the told ones'"
                + " error vanishes, that of blind ones stays."));
  }

  /** Which of the two errors in 10 dimensions is the step's. */
  private static ResultTable byStep(Context context) {
    ResultTable table =
        new ResultTable(
            "In 10 dimensions by step: folded W2, and mean of |x_1|, which is 2",
            "expected",
            List.of("h"),
            List.of("told", "blind", "mean, told", "mean, blind"));
    int rows = context.size(250, 4000);
    ExactPosterior posterior =
        ExactPosterior.of(context.engine(), BlindMeasures.twoGaussians(10, RANK));
    for (double h : new double[] {.3, .1, .03}) {
      BlindStep step = new BlindStep(Form.EULER, 0, h);
      Samples told = sample(context, new Told(posterior, step, BlindBesideTold.START), step, rows);
      Samples blind = sample(context, BlindBesideTold.mostLikely(posterior), step, rows);
      table.row(
          List.of(String.valueOf(h)),
          Value.of(BlindMeasures.distance(told, BlindBesideTold.STOP)),
          Value.of(BlindMeasures.distance(blind, BlindBesideTold.STOP)),
          // Four standard errors, and a third of the error of the step .1 at .03.
          h < .1
              ? Value.within(mean(told), 2, 4 * .4 / Math.sqrt(rows) + .01)
              : Value.of(mean(told)),
          Value.of(mean(blind)));
    }
    return table;
  }

  private static Samples sample(Context context, BlindEstimate estimate, BlindStep step, int rows) {
    return new BlindChain(
            estimate, step, BlindBesideTold.START, BlindBesideTold.STOP, context.seed(), rows)
        .sample(0, rows)
        .state();
  }

  private static double mean(Samples samples) {
    return Arrays.stream(BlindMeasures.column(samples, 0)).map(Math::abs).average().orElseThrow();
  }
}
