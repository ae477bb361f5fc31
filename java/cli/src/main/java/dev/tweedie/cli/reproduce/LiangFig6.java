package dev.tweedie.cli.reproduce;

import dev.tweedie.curvature.ComplexityProfile;
import dev.tweedie.curvature.LineMeasure;
import dev.tweedie.curvature.Profile;
import dev.tweedie.prior.Prior;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** The multi-scale complexity of two points. */
final class LiangFig6 implements Experiment {
  /** zeta*_M for M = 1 to 5, after t. */
  private static final double[][] GOLDEN = {
    {.1, 4.251, 2.988, 1.740, .524, -.649},
    {.2, 1.638, .348, -.624, -1.300, -1.763},
    {.3, 1.173, .391, .015, -.171, -.271},
    {1, 1.000, .980, .977, .977, .976}
  };

  /** M, the least zeta*_M over a grid of step .025, and where. */
  private static final double[][] BOTTLENECKS = {
    {2, .289, .225}, {3, -.642, .175}, {4, -1.546, .15}, {5, -2.480, .15}
  };

  private static final double STEP = .025;

  @Override
  public String name() {
    return "liang-fig6";
  }

  @Override
  public String item() {
    return LiangMeasures.PAPER + "Fig. 6";
  }

  @Override
  public String summary() {
    return "multi-scale complexity of two points";
  }

  @Override
  public Set<Input> uses() {
    return Set.of();
  }

  @Override
  public Result run(Context context) {
    Prior prior = LiangMeasures.twoPoints();
    double[] times = LiangMeasures.times(STEP, context.size(24, 60));
    ComplexityProfile profile = LiangMeasures.profile(prior, times);
    ResultTable bottlenecks =
        new ResultTable(
            "Bottleneck: the time of the least zeta*_M",
            "golden",
            List.of("M"),
            List.of("zeta*_M", "t", "SNR dB"));
    for (double[] golden : BOTTLENECKS) {
      Profile worst = profile.bottleneck(golden[0]);
      bottlenecks.row(
          List.of(String.valueOf((int) golden[0])),
          Value.within(worst.complexity(golden[0]), golden[1], LiangMeasures.THREE_DECIMALS),
          Value.within(worst.ouTime(), golden[2], 1e-9),
          Value.of(20 * Math.log10(worst.ratio())));
    }
    Profile hardest =
        profile.profiles().stream()
            .max(Comparator.comparingDouble(Profile::leastTailShare))
            .orElseThrow();
    double critical = ComplexityProfile.criticalRatio(LineMeasure.of(prior));
    ResultTable scales =
        new ResultTable(
            "Scales: largest m* over time, and r*, where log-concavity ends",
            "golden",
            List.of("figure"),
            List.of("value", "t"));
    scales.row(
        List.of("max m*"),
        Value.within(hardest.leastTailShare(), .431, LiangMeasures.THREE_DECIMALS),
        Value.within(hardest.ouTime(), .2125, .0125 + 1e-9));
    scales.row(
        List.of("r*"),
        Value.within(critical, 1, 1e-6),
        Value.within(0.5 * Math.log1p(1 / (critical * critical)), .3466, 5e-5));
    return new Result(
        List.of(LiangMeasures.complexities(prior, GOLDEN), bottlenecks, scales),
        LiangMeasures.plots("Two points", times, profile),
        List.of());
  }
}
