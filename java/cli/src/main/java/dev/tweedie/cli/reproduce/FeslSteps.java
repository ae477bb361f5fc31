package dev.tweedie.cli.reproduce;

import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.reverse.kernel.StepCurve;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The error at every step of the chain. */
final class FeslSteps implements Experiment {
  private static final int LEVELS = 300;
  private static final double[] SNRS = {-10, 0, 10, 20};

  /** Shares of the steps done, of the table's rows. */
  private static final double[] DONE = {0, .25, .5, .75, 1};

  @Override
  public String name() {
    return "fesl-steps";
  }

  @Override
  public String item() {
    return FeslComparison.PAPER + "per-step curves";
  }

  @Override
  public String summary() {
    return "nMSE of the state and of its estimate of x_0 at every step of a chain";
  }

  @Override
  public Set<Input> uses() {
    return EnumSet.of(Input.SEED, Input.MIXTURE);
  }

  @Override
  public Result run(Context context) {
    GaussianMixture mixture = FeslGmm.mixture(context);
    int rows = context.size(100, 1000);
    FeslComparison comparison =
        new FeslComparison(ExactPosterior.of(context.engine(), mixture), rows, context.seed());
    FeslComparison gaussian =
        new FeslComparison(
            ExactPosterior.of(context.engine(), mixture.moments()), rows, context.seed());
    return study(comparison, gaussian, FeslGmm.title(context));
  }

  /**
   * Curves on any mixture.
   *
   * @param gaussian on the Gaussian of the same moments
   * @param title names the mixture
   */
  static Result study(FeslComparison comparison, FeslComparison gaussian, String title) {
    ResultTable table =
        new ResultTable(
            title + ": nMSE along the chain of T = " + LEVELS + " levels",
            "theory",
            List.of("SNR dB", "steps done"),
            List.of("state x_t", "estimate E[x_0 | x_t]", "estimate, Gaussian prior"));
    Plot states = new Plot(title + ": error of the state x_t", "steps done", "nMSE").logX().logY();
    Plot estimates =
        new Plot(
                title + ": error of the estimate E[x_0 | x_t]",
                "steps done",
                "nMSE / that of the first estimate")
            .logX();
    for (double dB : SNRS) {
      StepCurve curve = curve(comparison, dB);
      StepCurve flat = curve(gaussian, dB);
      int steps = curve.steps();
      double[] done = IntStream.range(0, steps).mapToDouble(i -> i + 1.0).toArray();
      String label = FeslComparison.snr(dB) + " dB";
      states.line(label, done, along(steps, i -> curve.state(i).nmse()));
      double first = curve.estimate(steps - 1).nmse();
      estimates.line(label, done, along(steps, i -> curve.estimate(i).nmse() / first));
      double mean = flat.estimate(steps - 1).nmse();
      for (double share : DONE) {
        int index = (int) Math.round((1 - share) * (steps - 1));
        table.row(
            List.of(FeslComparison.snr(dB), String.valueOf(steps - index)),
            Value.of(curve.state(index).nmse()),
            Value.of(curve.estimate(index).nmse()),
            // A thousand roundings of 2^-24 of the estimates at most.
            Value.within(flat.estimate(index).nmse(), mean, 1e-4 * mean));
      }
    }
    return new Result(
        List.of(table),
        List.of(states, estimates),
        List.of(
            comparison.clean().rows()
                + " draws. The first estimate is the conditional mean at the chain's first level,"
                + " the last one is the chain's result: what it loses on the way is its bias. On"
                + " the Gaussian of the same mean and covariance every estimate is the same.",
            "The paper plots the state, which is smaller than x_0 by alpha until the last step."));
  }

  private static StepCurve curve(FeslComparison comparison, double dB) {
    TruncatedDenoiser chain = comparison.chain(LEVELS);
    StepCurve curve = new StepCurve(chain, FeslComparison.level(dB));
    curve.add(comparison.observe(dB), comparison.clean(), 0);
    return curve;
  }

  private interface Figure {
    double at(int index);
  }

  /** In the order of the steps: from the last index to 0. */
  private static double[] along(int steps, Figure figure) {
    return IntStream.range(0, steps).mapToDouble(i -> figure.at(steps - 1 - i)).toArray();
  }
}
