package dev.tweedie.cli.reproduce;

import dev.tweedie.curvature.LineMeasure;
import dev.tweedie.curvature.Profile;
import dev.tweedie.curvature.QuadratureProfile;
import dev.tweedie.plot.Plot;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/** Log-concave measures: a point, a normal and a uniform law. */
final class LiangFig3To5 implements Experiment {
  private static final double VARIANCE = 4;
  private static final double[] TIMES = {.05, .1, .2, .5, 1};

  @Override
  public String name() {
    return "liang-fig3to5";
  }

  @Override
  public String item() {
    return LiangMeasures.PAPER + "Figs. 3 to 5";
  }

  @Override
  public String summary() {
    return "worst-case complexity of a point, N(0, 4) and Uniform(-1, 1)";
  }

  @Override
  public Set<Input> uses() {
    return Set.of();
  }

  @Override
  public Result run(Context context) {
    LineMeasure point = LineMeasure.of(LiangMeasures.normal(0, 0));
    LineMeasure normal = LineMeasure.of(LiangMeasures.normal(0, VARIANCE));
    LineMeasure uniform = LineMeasure.uniform(-1, 1);
    ResultTable closed =
        new ResultTable(
            "Worst-case complexity zeta*_inf, beside closed forms",
            "theory",
            List.of("measure", "t"),
            List.of("sup L", "zeta*_inf"));
    for (double t : TIMES) {
      double noise = -Math.expm1(-2 * t);
      double r2 = (1 - noise) / noise;
      closed(closed, "point", point, t, 0, 1 / noise);
      closed(
          closed,
          "N(0, 4)",
          normal,
          t,
          VARIANCE * r2 / (VARIANCE * r2 + 1),
          1 / (1 + (1 - noise) * (VARIANCE - 1)));
    }
    ResultTable largest =
        new ResultTable(
            "Uniform(-1, 1): largest localisation", "golden", List.of("r"), List.of("sup L"));
    largest.row(List.of("1.2"), supremum(uniform, 1.2, .395));
    largest.row(List.of("2.3"), supremum(uniform, 2.3, .867));
    double[] times = LiangMeasures.times(.01, context.size(60, 150));
    double[] curve = curve(times, t -> worst(uniform, t));
    int peak = 0;
    for (int i = 1; i < curve.length; i++) {
      peak = curve[i] > curve[peak] ? i : peak;
    }
    ResultTable peaks =
        new ResultTable(
            "Uniform(-1, 1): peak of zeta*_inf over t",
            "paper",
            List.of("measure"),
            List.of("peak", "t"));
    peaks.row(List.of("uniform"), Value.beside(curve[peak], 1.57), Value.of(times[peak]));
    Plot plot = new Plot("Worst-case complexity of log-concave measures", "time t", "zeta*_inf");
    // 1 / (2 t) near 0 would leave the others no room
    plot.line("point, below 4", times, curve(times, t -> below(4, worst(point, t))));
    plot.line("N(0, 4)", times, curve(times, t -> worst(normal, t)));
    plot.line("Uniform(-1, 1)", times, curve);
    return new Result(
        List.of(closed, largest, peaks),
        List.of(plot),
        List.of(
            "Exactly, zeta*_inf of the uniform law tends to 0 as t does. The paper's upturn to 2.5"
                + " at t < .01 and its peak of 1.57 come from taking a supremum over finitely many"
                + " draws.",
            "Equation (4.2) prints s(t) as its reciprocal; the square root itself is meant."));
  }

  private static void closed(
      ResultTable table, String name, LineMeasure measure, double t, double sup, double zeta) {
    Profile profile = LiangMeasures.atTime(measure, t);
    table.row(
        List.of(name, String.valueOf(t)),
        Value.within(profile.largest(), sup, 1e-12),
        Value.within(profile.complexity(Double.POSITIVE_INFINITY), zeta, 1e-10 * zeta));
  }

  private static Value supremum(LineMeasure measure, double ratio, double golden) {
    double found = new QuadratureProfile(measure, ratio).largest();
    return Value.within(found, golden, LiangMeasures.THREE_DECIMALS);
  }

  private static double worst(LineMeasure measure, double time) {
    return LiangMeasures.atTime(measure, time).complexity(Double.POSITIVE_INFINITY);
  }

  private static double below(double bound, double value) {
    return value < bound ? value : Double.NaN;
  }

  private static double[] curve(double[] times, DoubleUnaryOperator figure) {
    return Arrays.stream(times).map(figure).toArray();
  }
}
