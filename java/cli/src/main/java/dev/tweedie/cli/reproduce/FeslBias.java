package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.reverse.kernel.ChainSlope;
import dev.tweedie.reverse.kernel.StepSlope;
import dev.tweedie.reverse.kernel.TruncationBias;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** What the truncated chain converges to as T grows, and why: not the conditional mean. */
final class FeslBias implements Experiment {
  private static final int LEVELS = 300;
  private static final double[] SNRS = {10, 0, -10};

  /** nMSE of CME and DM at each of SNRS, of 20,000 draws; judged where the prior is known. */
  private record Case(String name, GaussianMixture prior, boolean judged, double[][] golden) {}

  /** Printed for 10 standard deviations, but all six figures are those of 20: see the notes. */
  private static final double[][] TEN = {{.013, .015}, {.454, .636}, {.915, 1.481}};

  private static List<Case> cases() {
    return List.of(
        new Case(
            "bimodal, 2",
            bimodal(2),
            true,
            new double[][] {{.090, .090}, {.493, .496}, {.910, .915}}),
        new Case(
            "bimodal, 4",
            bimodal(4),
            true,
            new double[][] {{.079, .079}, {.479, .526}, {.906, 1.060}}),
        new Case("bimodal, 10", bimodal(10), false, TEN),
        new Case("bimodal, 20", bimodal(20), true, TEN),
        new Case(
            "8 in d = 16",
            scattered(),
            false,
            new double[][] {{.0509, .0509}, {.128, .138}, {.734, 1.052}}),
        new Case(
            "8 on a circle",
            ((GaussianMixture) Builtin.parse("circle8")).standardised(),
            true,
            new double[][] {{.043, .056}, {.464, .605}, {.912, 1.459}}));
  }

  /** Two Gaussians of standard deviation 1, {@code separation} apart, scaled to unit power. */
  private static GaussianMixture bimodal(double separation) {
    return new GaussianMixture(
            new double[] {1, 1},
            new double[] {-separation / 2, separation / 2},
            1,
            new Covariance.Isotropic(new double[] {1, 1}))
        .standardised();
  }

  /** Means 2 N(0, I), covariances I / 2. */
  private static GaussianMixture scattered() {
    SplittableRandom random = new SplittableRandom(1);
    double[] ones = new double[8];
    Arrays.fill(ones, 1);
    double[] variances = new double[8];
    Arrays.fill(variances, .5);
    double[] means = new double[8 * 16];
    Arrays.setAll(means, i -> 2 * random.nextGaussian());
    return new GaussianMixture(ones, means, 16, new Covariance.Isotropic(variances)).standardised();
  }

  @Override
  public String name() {
    return "fesl-bias";
  }

  @Override
  public String item() {
    return FeslComparison.PAPER + "convergence to the conditional mean";
  }

  @Override
  public String summary() {
    return "what chains converge to on priors of several modes, and the formula of their bias";
  }

  @Override
  public Result run(Context context) {
    ResultTable errors =
        new ResultTable(
            "nMSE, T = 300, at the level nearest to the SNR",
            "golden",
            List.of("prior", "SNR dB"),
            List.of("CME", "chain"));
    for (Case one : cases()) {
      for (int i = 0; i < SNRS.length; i++) {
        double dB = Schedules.fesl(LEVELS).level(start(LEVELS, SNRS[i])).snrDb();
        double[] found =
            one.prior().dim() == 1
                ? byQuadrature(context.engine(), one.prior(), dB)
                : byDraws(context, one.prior(), dB);
        double[] golden = one.golden()[i];
        errors.row(
            List.of(one.name(), FeslComparison.snr(SNRS[i])),
            value(one, found[0], golden[0], context),
            value(one, found[1], golden[1], context));
      }
    }
    Plot plot = new Plot("Two Gaussians 4 standard deviations apart, 0 dB", "y", "estimate");
    curves(context.engine(), plot);
    return new Result(
        List.of(errors, flatness(context), formula(), slopes()),
        List.of(plot),
        List.of(
            "On the line by quadrature, elsewhere by draws. Golden figures are of 20,000 draws,"
                + " where rare confusions of two modes spread most: judged by 4 % and .002.",
            "Two Gaussians 10 standard deviations apart at 0 dB: quadrature gives .609 for the"
                + " chain, and 10^6 independent draws .611; the golden .636, in the list of checks"
                + " .635, is not confirmed. All six golden figures of that row are those of 20"
                + " standard deviations.",
            "The parameters of the golden prior in 16 dimensions are not stated; ours has other"
                + " means.",
            "The product of the least slopes is a figure of the schedule's two ends. The published"
                + " schedules have the same ends for every T, so it does not fall with T."));
  }

  private static Value value(Case one, double found, double golden, Context context) {
    return one.judged()
        ? Value.within(found, golden, context.tolerance(.08, .04) * golden + .002)
        : Value.beside(found, golden);
  }

  /** Index of the start. */
  private static int start(int levels, double dB) {
    return Schedules.fesl(levels).nearestSnrDb(dB);
  }

  private static double[] byDraws(Context context, GaussianMixture prior, double dB) {
    FeslComparison comparison =
        new FeslComparison(
            ExactPosterior.of(context.engine(), prior), context.size(2000, 20_000), context.seed());
    return new double[] {
      comparison.mean(dB, dB), comparison.chain(comparison.chain(LEVELS), dB, dB)
    };
  }

  /** {@code int p(y) (C(y) + (f(y) - D(y))^2) dy} for the conditional mean D and the chain f. */
  private static double[] byQuadrature(Engine engine, GaussianMixture prior, double dB) {
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    Level level = FeslComparison.level(dB);
    double[] nodes = nodes(level);
    Samples y = engine.samples(nodes, nodes.length);
    double[] evidence = posterior.logEvidence(y, level).toDoubles();
    double[] spread = posterior.covarianceTrace(y, level).toDoubles();
    double[] mean = posterior.denoise(y, level).toDoubles();
    double[] chain = chain(posterior, LEVELS, y, level);
    double least = 0;
    double bias = 0;
    for (int i = 0; i < nodes.length; i++) {
      double mass = Math.exp(evidence[i]) * (nodes[1] - nodes[0]);
      least += mass * spread[i];
      bias += mass * (chain[i] - mean[i]) * (chain[i] - mean[i]);
    }
    return new double[] {least, least + bias};
  }

  private static double[] chain(ExactPosterior posterior, int levels, Samples y, Level level) {
    return new TruncatedDenoiser(posterior, Schedules.fesl(levels), Math.toIntExact(y.rows()))
        .chain(y, level, 0)
        .toDoubles();
  }

  /**
   * Midpoints, up to eight standard deviations of y beyond the modes, which are within 2 of 0. None
   * is the middle itself, where the chain stays between the modes and would count for a whole cell.
   */
  private static double[] nodes(Level level) {
    double end = 2 + 8 * level.amplitude();
    return IntStream.range(-2000, 2000).mapToDouble(i -> (i + .5) * end / 2000).toArray();
  }

  /** The bias does not fall with T. */
  private static ResultTable flatness(Context context) {
    ResultTable table =
        new ResultTable(
            "Two Gaussians 4 standard deviations apart at 0 dB: nMSE by T",
            "golden",
            List.of("T"),
            List.of("CME", "chain"));
    for (int levels : FeslComparison.LEVELS) {
      double dB = Schedules.fesl(levels).level(start(levels, 0)).snrDb();
      double[] found = byQuadrature(context.engine(), bimodal(4), dB);
      table.row(List.of(String.valueOf(levels)), Value.of(found[0]), Value.of(found[1]));
    }
    return table;
  }

  private static void curves(Engine engine, Plot plot) {
    ExactPosterior posterior = ExactPosterior.of(engine, bimodal(4));
    Level level = FeslComparison.level(0);
    double[] nodes = IntStream.rangeClosed(-150, 150).mapToDouble(i -> i / 50.).toArray();
    Samples y = engine.samples(nodes, nodes.length);
    plot.line("conditional mean", nodes, posterior.denoise(y, level).toDoubles());
    for (int levels : new int[] {10, 100, 1000}) {
      plot.line("chain, T = " + levels, nodes, chain(posterior, levels, y, level));
    }
  }

  private static ResultTable formula() {
    ResultTable table =
        new ResultTable(
            "Chain minus conditional mean at 0 dB, beside -1/2 sum_t beta_t Laplacian D_t(x_t)",
            "first order",
            List.of("T", "x_t"),
            List.of("bias"));
    GaussianMixture prior = bimodal(4);
    // Published tolerances: 2 % at T = 1000, .1 % at T = 10,000. The error falls as 1 / T.
    double[][] sizes = {{100, .2}, {1000, .02}, {10_000, .001 + 1e-9}};
    for (double[] size : sizes) {
      Schedule schedule = Schedules.fesl((int) size[0]);
      for (double x : new double[] {.1, .2, .4, .6, 1, 1.5}) {
        TruncationBias bias = TruncationBias.of(prior, schedule, start((int) size[0], 0), x);
        double found = bias.chain()[0] - bias.conditionalMean()[0];
        double expected = bias.firstOrder()[0];
        table.row(
            List.of(String.valueOf((int) size[0]), String.valueOf(x)),
            Value.within(found, expected, size[1] * Math.abs(found)));
      }
    }
    return table;
  }

  private static ResultTable slopes() {
    ResultTable table =
        new ResultTable(
            "Largest slope dx_0/dx_t of the chain at 0 dB, beside its exact bounds",
            "bound",
            List.of("sep/std", "T"),
            List.of("chain", "log-concave bound", "product of least slopes"));
    for (double separation : new double[] {2, 4, 10}) {
      GaussianMixture prior = bimodal(separation);
      for (int levels : new int[] {10, 100, 1000}) {
        Schedule schedule = Schedules.fesl(levels);
        int start = start(levels, 0);
        Level level = FeslComparison.level(schedule.level(start).snrDb());
        // x_t = y / amplitude; the middle, where the chain tears, is one of them
        double end = nodes(level)[0] / level.amplitude();
        double[] x = IntStream.rangeClosed(-200, 200).mapToDouble(n -> n * end / 200).toArray();
        double largest =
            Arrays.stream(ChainSlope.of(prior, schedule, start, x)).max().orElseThrow();
        double concave = 1;
        for (int i = start; i >= 0; i--) {
          concave *= StepSlope.of(schedule.level(i), schedule.below(i)).logConcave();
        }
        table.row(
            List.of(String.valueOf((int) separation), String.valueOf(levels)),
            Value.of(largest),
            Value.of(concave),
            Value.of(StepSlope.frozen(schedule, start)));
      }
    }
    return table;
  }
}
