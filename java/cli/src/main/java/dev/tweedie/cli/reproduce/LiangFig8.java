package dev.tweedie.cli.reproduce;

import dev.tweedie.curvature.ComplexityProfile;
import dev.tweedie.curvature.LineMeasure;
import dev.tweedie.curvature.QuadratureProfile;
import dev.tweedie.prior.Prior;
import java.util.List;
import java.util.Set;

/** The multi-scale complexity of half a point and half a normal. */
final class LiangFig8 implements Experiment {
  private static final double[][] GOLDEN = {
    {.1, 2.214, .624, -.143, -.501, -.743}, {.5, 1.229, 1.149, 1.095, 1.056, 1.027}
  };
  private static final double STEP = .01;

  @Override
  public String name() {
    return "liang-fig8";
  }

  @Override
  public String item() {
    return LiangMeasures.PAPER + "Fig. 8";
  }

  @Override
  public String summary() {
    return "multi-scale complexity of half a point at 0 and half N(0, 1)";
  }

  @Override
  public Set<Input> uses() {
    return Set.of();
  }

  @Override
  public Result run(Context context) {
    Prior prior = LiangMeasures.halfPoint();
    LineMeasure measure = LineMeasure.of(prior);
    double[] times = LiangMeasures.times(STEP, context.size(40, 100));
    double critical = ComplexityProfile.criticalRatio(measure);
    ResultTable scales =
        new ResultTable(
            "Where log-concavity ends, and m* beyond",
            "golden",
            List.of("figure"),
            List.of("value"));
    scales.row(List.of("r*"), Value.within(critical, 1.50030, 5e-6));
    scales.row(
        List.of("t*"), Value.within(0.5 * Math.log1p(1 / (critical * critical)), .1838, 5e-5));
    scales.row(List.of("m* at r = 50"), tail(measure, 50, .5390));
    scales.row(List.of("m* at r = 500"), tail(measure, 500, .5066));
    scales.row(
        List.of("zeta*_5 at t = .05"),
        Value.within(
            LiangMeasures.atTime(measure, .05).complexity(5),
            -3.172,
            LiangMeasures.THREE_DECIMALS));
    return new Result(
        List.of(LiangMeasures.complexities(prior, GOLDEN), scales),
        LiangMeasures.plots(
            "Half a point, half a normal", times, LiangMeasures.profile(prior, times)),
        List.of(
            "The paper's denominators print v phi(y / v) + phi(y); the density of the diffused"
                + " measure, and this table, have phi(y / v) / v + phi(y).",
            "m* tends to 1/2 as r grows, as the paper conjectures."));
  }

  private static Value tail(LineMeasure measure, double ratio, double golden) {
    return Value.within(new QuadratureProfile(measure, ratio).leastTailShare(), golden, 5e-5);
  }
}
