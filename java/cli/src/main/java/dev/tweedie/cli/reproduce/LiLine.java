package dev.tweedie.cli.reproduce;

import dev.tweedie.Samples;
import dev.tweedie.metric.Wasserstein;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.reverse.kernel.FullCovariance;
import dev.tweedie.schedule.Schedules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two Gaussians on the line, N(-1, 0.01) and N(1, 0.01): distance of the samples' absolute values
 * from exact ones, which a kernel cannot hide by sharing the modes wrongly.
 */
final class LiLine implements Experiment {
  private static final int[] STEPS = {1, 2, 3, 5, 10, 20, 50, 100};

  /** By STEPS; taken in float64 with 100,000 other samples. */
  private static final double[] DDPM = {.978, .489, .298, .124, .049, .034, .020, .013};

  private static final double[] MOMENTS = {.547, .435, .275, .107, .015, .0026, .0005, .0009};

  /** The exact kernel was between .0004 and .0009 in all rows: that of two exact samples. */
  private static final double EXACT = .00065;

  // Standard deviation of |x| around 1.
  private static final double SPREAD = .1;

  private static final double OUTLYING = .5;

  @Override
  public String name() {
    return "li-1d";
  }

  @Override
  public String item() {
    return "Li et al. 2024, two Gaussians on the line";
  }

  @Override
  public String summary() {
    return "folded Wasserstein-2 distance by number of steps, exact and Gaussian kernels";
  }

  @Override
  public Result run(Context context) {
    ExactPosterior posterior = ExactPosterior.of(context.engine(), Builtin.parse("bimodal"));
    int count = context.size(10_000, 100_000);
    Samples draws = context.engine().samples(count, 1);
    new PriorSampler(posterior).draw(NoiseAddress.of(context.seed(), Streams.PRIOR, 0), draws);
    double[] exact = draws.toDoubles();
    // Two samples of one law differ by some SPREAD / sqrt(n). Where a kernel is nearly right the
    // distance is that of rare samples about OUTLYING from their mode, whose number spreads: by
    // OUTLYING / (2 sqrt(n)) in the distance, for both sizes. Four of each.
    double floor = 4 * SPREAD / Math.sqrt(count);
    double spread = 2 * OUTLYING * Math.sqrt(1.0 / count + 1.0 / 100_000);
    List<Sampler> samplers =
        List.of(Samplers.parse("mixture"), Samplers.parse("ddpm"), new FullCovariance());
    List<String> names = List.of("exact mixture", "DDPM beta-tilde", "moment-matched");
    ResultTable table =
        new ResultTable(
            "Folded Wasserstein-2 distance from exact samples", "golden", List.of("steps"), names);
    List<double[]> found = new ArrayList<>();
    names.forEach(name -> found.add(new double[STEPS.length]));
    for (int i = 0; i < STEPS.length; i++) {
      double[] expected = {EXACT, DDPM[i], MOMENTS[i]};
      Value[] values = new Value[names.size()];
      for (int k = 0; k < values.length; k++) {
        double[] samples =
            new Chain(posterior, Schedules.vpCosine(STEPS[i]), context.seed(), count)
                .sample(samplers.get(k), 0, count)
                .toDoubles();
        found.get(k)[i] = Wasserstein.folded(samples, exact);
        values[k] = Value.within(found.get(k)[i], expected[k], k == 0 ? floor : spread);
      }
      table.row(List.of(String.valueOf(STEPS[i])), values);
    }
    double[] steps = Arrays.stream(STEPS).asDoubleStream().toArray();
    Plot plot =
        new Plot("Two Gaussians on the line", "steps", "folded Wasserstein-2").logX().logY();
    plot.line(names.get(0), steps, found.get(0));
    plot.line(names.get(1), steps, found.get(1)).beside(names.get(1) + ", golden", steps, DDPM);
    plot.line(names.get(2), steps, found.get(2)).beside(names.get(2) + ", golden", steps, MOMENTS);
    return new Result(
        List.of(table),
        List.of(plot),
        List.of(
            count
                + " samples each, cosine schedule. Two exact samples of this size differ by about "
                + Value.of(SPREAD / Math.sqrt(count)).shown()
                + " to three times that; the golden numbers of the exact kernel are .0004 to"
                + " .0009."));
  }
}
