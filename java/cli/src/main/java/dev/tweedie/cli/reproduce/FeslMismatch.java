package dev.tweedie.cli.reproduce;

import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.TruncatedDenoiser;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What an SNR that is wrong by some dB costs. */
final class FeslMismatch implements Experiment {
  private static final int LEVELS = 100;
  private static final int DIMENSIONS = 64;

  /** One component costs little: draws of the standard normal for one of the mixture. */
  private static final int MANY = 20;

  private static final double[] TRUTHS = {0, 10};
  private static final double[] OFFSETS = {-6, -3, -1, 0, 1, 3, 6};

  /** nMSE of the conditional mean on a mild mixture of K = 16, by truth and offset. */
  private static final double[][] GOLDEN = {
    {.677, .553, .498, .491, .497, .543, .674},
    {Double.NaN, .0970, Double.NaN, .0908, Double.NaN, .0928, Double.NaN}
  };

  @Override
  public String name() {
    return "fesl-mismatch";
  }

  @Override
  public String item() {
    return FeslComparison.PAPER + "SNR mismatch";
  }

  @Override
  public String summary() {
    return "denoising at an SNR that is wrong by some dB";
  }

  @Override
  public Set<Input> uses() {
    return EnumSet.of(Input.SEED, Input.MIXTURE);
  }

  @Override
  public Result run(Context context) {
    int rows = context.size(100, 1000);
    FeslComparison normal =
        new FeslComparison(
            ExactPosterior.of(context.engine(), standardNormal()), MANY * rows, context.seed());
    FeslComparison mixture =
        new FeslComparison(
            ExactPosterior.of(context.engine(), FeslGmm.mixture(context)), rows, context.seed());
    TruncatedDenoiser linear = normal.chain(LEVELS);
    ResultTable table =
        new ResultTable(
            "Where it is known: nMSE at a wrong SNR, T = " + LEVELS,
            "theory",
            List.of("SNR dB", "assumed - true"),
            List.of("N(0, I): chain", "mild mixture"));
    for (int t = 0; t < TRUTHS.length; t++) {
      for (int i = 0; i < OFFSETS.length; i++) {
        double assumed = TRUTHS[t] + OFFSETS[i];
        double expected = theory(TRUTHS[t], assumed);
        table.row(
            List.of(FeslComparison.snr(TRUTHS[t]), FeslComparison.snr(OFFSETS[i])),
            // Twice 128,000 numbers spread by .6 % or less; the rest is the chain's nearest level.
            Value.within(normal.chain(linear, TRUTHS[t], assumed), expected, .02 * expected),
            Value.of(GOLDEN[t][i]));
      }
    }
    List<String> notes =
        List.of(
            "On a standard normal prior the estimate is s y / (1 + s) for an assumed s: nMSE"
                + " 1 / (1 + s)^2 + s^2 / ((1 + s)^2 SNR).",
            "The mild mixture is a golden column of K = 16 whose parameters are not stated; it is"
                + " nearly normal.");
    return study(mixture, FeslGmm.title(context)).and(new Result(List.of(table), List.of(), notes));
  }

  /**
   * Both estimators on any mixture.
   *
   * @param title names the mixture
   */
  static Result study(FeslComparison mixture, String title) {
    TruncatedDenoiser chain = mixture.chain(LEVELS);
    ResultTable table =
        new ResultTable(
            title + ": nMSE at a wrong SNR, T = " + LEVELS,
            "theory",
            List.of("SNR dB", "assumed - true"),
            List.of("CME", "chain"));
    Plot plot = new Plot(title + ": SNR mismatch", "assumed - true SNR in dB", "nMSE / least nMSE");
    for (double truth : TRUTHS) {
      double least = mixture.mean(truth, truth);
      double[] means = new double[OFFSETS.length];
      double[] chains = new double[OFFSETS.length];
      for (int i = 0; i < OFFSETS.length; i++) {
        double assumed = truth + OFFSETS[i];
        means[i] = mixture.mean(truth, assumed) / least;
        chains[i] = mixture.chain(chain, truth, assumed) / least;
        table.row(
            List.of(FeslComparison.snr(truth), FeslComparison.snr(OFFSETS[i])),
            Value.of(means[i] * least),
            Value.of(chains[i] * least));
      }
      String label = FeslComparison.snr(truth) + " dB";
      plot.line("conditional mean, " + label, OFFSETS, means);
      plot.line("chain, " + label, OFFSETS, chains);
    }
    return new Result(
        List.of(table),
        List.of(plot),
        List.of("SNR mismatch: " + mixture.clean().rows() + " draws of the mixture."));
  }

  private static double theory(double truth, double assumed) {
    double snr = Math.pow(10, truth / 10);
    double s = Math.pow(10, assumed / 10);
    return (1 + s * s / snr) / ((1 + s) * (1 + s));
  }

  private static GaussianMixture standardNormal() {
    return new GaussianMixture(
        new double[] {1},
        new double[DIMENSIONS],
        DIMENSIONS,
        new Covariance.Isotropic(new double[] {1}));
  }
}
