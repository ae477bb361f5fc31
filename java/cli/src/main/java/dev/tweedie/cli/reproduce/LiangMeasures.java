package dev.tweedie.cli.reproduce;

import dev.tweedie.curvature.ComplexityProfile;
import dev.tweedie.curvature.LineMeasure;
import dev.tweedie.curvature.Profile;
import dev.tweedie.curvature.QuadratureProfile;
import dev.tweedie.plot.Plot;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** The measures on the line of Liang et al. 2024, and curves of their profiles over time. */
final class LiangMeasures {
  static final String PAPER = "Liang et al. 2024, ";

  private LiangMeasures() {}

  /** Points of equal weight at -1 and 1. */
  static Prior twoPoints() {
    return Builtin.parse("two-points");
  }

  static Prior normal(double mean, double variance) {
    return mixture(new double[] {1}, new double[] {mean}, new double[] {variance});
  }

  /** Half a point at 0, half N(0, 1). */
  static Prior halfPoint() {
    return mixture(new double[] {.5, .5}, new double[] {0, 0}, new double[] {0, 1});
  }

  /** Equation (5.3); second arguments are variances. */
  static Prior fourComponents() {
    return mixture(
        new double[] {.1, .2, .4, .3}, new double[] {-4, -2, 2, 4}, new double[] {1, .5, .5, 1});
  }

  private static Prior mixture(double[] weights, double[] means, double[] variances) {
    return new GaussianMixture(weights, means, 1, new Covariance.Isotropic(variances));
  }

  static Profile atTime(LineMeasure measure, double time) {
    Level level = Level.ofOuTime(time);
    return new QuadratureProfile(measure, level.alpha() / level.sigma());
  }

  /** {@code step, 2 step, ..., count step}. */
  static double[] times(double step, int count) {
    return IntStream.rangeClosed(1, count).mapToDouble(i -> i * step).toArray();
  }

  static ComplexityProfile profile(Prior prior, double[] times) {
    return ComplexityProfile.of(
        LineMeasure.of(prior), DoubleStream.of(times).mapToObj(Level::ofOuTime).toList());
  }

  static double[] curve(List<Profile> profiles, ToDoubleFunction<Profile> figure) {
    return profiles.stream().mapToDouble(figure).toArray();
  }

  /** m* and zeta*_M over time, M = 1 to 5. */
  static List<Plot> plots(String title, double[] times, ComplexityProfile profile) {
    List<Profile> profiles = profile.profiles();
    Plot tail = new Plot(title + ": least tail share m*", "time t", "m*");
    tail.line("m*", times, curve(profiles, Profile::leastTailShare));
    Plot complexity = new Plot(title + ": effective curvature complexity", "time t", "zeta*_M");
    for (int spread = 1; spread <= 5; spread++) {
      int m = spread;
      complexity.line("M = " + m, times, curve(profiles, one -> one.complexity(m)));
    }
    return List.of(tail, complexity);
  }

  /** zeta*_M, M = 1 to 5, beside golden numbers of three decimals. */
  static ResultTable complexities(Prior prior, double[][] timesAndGolden) {
    ResultTable table =
        new ResultTable(
            "Effective curvature complexity zeta*_M",
            "golden",
            List.of("t", "M"),
            List.of("zeta*_M"));
    LineMeasure measure = LineMeasure.of(prior);
    for (double[] row : timesAndGolden) {
      Profile profile = atTime(measure, row[0]);
      for (int spread = 1; spread < row.length; spread++) {
        table.row(
            List.of(String.valueOf(row[0]), String.valueOf(spread)),
            Value.within(profile.complexity(spread), row[spread], THREE_DECIMALS));
      }
    }
    return table;
  }

  /** Half of the last of three decimals, and rounding. */
  static final double THREE_DECIMALS = 5e-4 + 1e-9;
}
