package dev.tweedie.cli.reproduce;

import dev.tweedie.curvature.ComplexityProfile;
import dev.tweedie.curvature.LineMeasure;
import dev.tweedie.curvature.Profile;
import dev.tweedie.curvature.QuadratureProfile;
import dev.tweedie.curvature.SampledProfile;
import dev.tweedie.plot.Plot;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Survival and integrated tail of the localisation of two points at three ratios. */
final class LiangFig1 implements Experiment {
  private static final double[] RATIOS = {.71, 1.5, 3};
  private static final List<String> NAMES = List.of("h(0)", "h(.5)", "s(1)", "s(.5)");
  private static final double[][] PAPER = {
    {0, 0, 0, 0}, {.13, .24, .18, .27}, {.02, .03, .01, .01}
  };
  private static final double[][] GOLDEN = {
    {0, .0002, 0, .0789}, {.1286, .2394, .1792, .2742}, {.0237, .0282, .0078, .0108}
  };
  private static final int CURVE = 241;

  @Override
  public String name() {
    return "liang-fig1";
  }

  @Override
  public String item() {
    return LiangMeasures.PAPER + "Fig. 1";
  }

  @Override
  public String summary() {
    return "survival s and integrated tail h of two points, by quadrature and Monte Carlo";
  }

  @Override
  public Result run(Context context) {
    Prior prior = LiangMeasures.twoPoints();
    LineMeasure measure = LineMeasure.of(prior);
    int draws = context.size(20_000, 100_000);
    ResultTable golden = table("Quadrature beside the exact values", "golden");
    ResultTable paper = table("Quadrature beside the printed values", "paper");
    ResultTable sampled =
        table("Monte Carlo, " + draws + " draws, within 3 standard errors of quadrature", "exact");
    Plot plot = new Plot("Two points: survival of the localisation", "u", "s_r(u)");
    List<Level> levels =
        IntStream.range(0, RATIOS.length).mapToObj(i -> Level.of(RATIOS[i], 1)).toList();
    List<Profile> draw =
        ComplexityProfile.sampled(context.engine(), prior, levels, draws, context.seed())
            .profiles();
    for (int i = 0; i < RATIOS.length; i++) {
      double r = RATIOS[i];
      Profile exact = new QuadratureProfile(measure, r);
      double[] values = figures(exact);
      int row = i;
      add(golden, r, j -> Value.within(values[j], GOLDEN[row][j], 5e-4));
      add(paper, r, j -> Value.beside(values[j], PAPER[row][j]));
      SampledProfile profile = (SampledProfile) draw.get(i);
      double[] found = figures(profile);
      double[] errors = {
        profile.tailError(0),
        profile.tailError(.5),
        profile.survivalError(1),
        profile.survivalError(.5)
      };
      // 1e-6: draws that all are float32 and above no threshold have no error of their own
      add(sampled, r, j -> Value.within(found[j], values[j], 3 * errors[j] + 1e-6));
      plot.line("r = " + r, thresholds(), survival(exact));
    }
    return new Result(
        List.of(golden, paper, sampled),
        List.of(plot),
        List.of(
            "The paper prints s(.5) = 0 for r = .71. That is the value of r = .707, where sup L ="
                + " r^2 = .5; at .71 it is .0789. The 11 other printed values agree."));
  }

  private static ResultTable table(String caption, String source) {
    return new ResultTable(caption, source, List.of("r"), NAMES);
  }

  private static double[] figures(Profile profile) {
    return new double[] {
      profile.tail(0), profile.tail(.5), profile.survival(1), profile.survival(.5)
    };
  }

  private static void add(ResultTable table, double ratio, Function<Integer, Value> value) {
    Value[] row = IntStream.range(0, NAMES.size()).mapToObj(value::apply).toArray(Value[]::new);
    table.row(List.of(String.valueOf(ratio)), row);
  }

  private static double[] thresholds() {
    return IntStream.range(0, CURVE).mapToDouble(i -> i * 3.0 / (CURVE - 1)).toArray();
  }

  private static double[] survival(Profile profile) {
    return Arrays.stream(thresholds()).map(profile::survival).toArray();
  }
}
