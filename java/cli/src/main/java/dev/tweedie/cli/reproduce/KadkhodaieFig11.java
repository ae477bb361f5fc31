package dev.tweedie.cli.reproduce;

import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.BlindStep.Form;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.blind.ResidualEstimate;
import dev.tweedie.cli.reproduce.BlindBesideTold.Claim;
import java.util.List;

/** As the trained network of Fig. 11, the exact blind denoiser: two Gaussians in few dimensions. */
final class KadkhodaieFig11 implements Experiment {
  private static final int RANK = 2;

  @Override
  public String name() {
    return "kadkhodaie-fig11";
  }

  @Override
  public String item() {
    return BlindMeasures.PAPER + "as Fig. 11, without a network";
  }

  @Override
  public String summary() {
    return "samples of chains over the exact blind denoiser in 2 dimensions and in 200";
  }

  @Override
  public Result run(Context context) {
    LevelPrior levels =
        LevelPrior.powerLaw(1, BlindBesideTold.STOP / 4, 3 * BlindBesideTold.START, 160);
    BlindBesideTold chains =
        new BlindBesideTold(
            context,
            new BlindStep(Form.EXPONENTIAL, .5, .5),
            posterior -> new ResidualEstimate(new ExactBlindDenoiser(posterior, levels)),
            context.size(500, 4000));
    chains.measure(2, RANK, Claim.FAILS);
    chains.measure(20, RANK, Claim.NONE);
    chains.measure(200, RANK, Claim.WORKS);
    return new Result(
        List.of(chains.table()),
        chains.plots(),
        List.of(
            "In place of the trained network: the exact blind denoiser under a log-uniform prior on"
                + " the level, and the level of the residual (Algorithm 2), from which the network"
                + " would be off by its own error. Two Gaussians at -2 e_1 and 2 e_1, variance .16"
                + " in the plane; the paper prints none.",
            "Told chains have the same noise. Fails is told / blind of two thirds at most; works"
                + " is 1 up to a tenth, a quarter at quick sizes.",
            "In 200 dimensions levels fall below the schedule by some percent: each residual misses"
                + " the noise within the data's plane, and rows drift apart."));
  }
}
