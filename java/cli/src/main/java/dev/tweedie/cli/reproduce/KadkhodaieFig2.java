package dev.tweedie.cli.reproduce;

import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.BlindStep.Form;
import dev.tweedie.cli.reproduce.BlindBesideTold.Claim;
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
        List.of(chains.table()),
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
            "What told chains have left is the error of a step of .3, the same in every"
                + " dimension."));
  }
}
