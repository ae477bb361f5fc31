package dev.tweedie.cli.reproduce;

import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.BlindStep.Form;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.blind.ResidualEstimate;
import dev.tweedie.plot.Plot;
import dev.tweedie.posterior.ExactPosterior;
import java.util.Arrays;
import java.util.List;

/**
 * How good samples of blind chains are, by size and noise of the step and by dimension, beside
 * chains that are told their levels.
 */
final class KadkhodaieW2 implements Experiment {
  private static final double START = 10;
  private static final double STOP = .01;
  private static final double[] SIZES = {.8, .5, .2, .1, .05};
  private static final double[] SHARES = {0, .25, .5, .75};
  private static final double STANDARD_SHARE = .5;
  private static final int DIM = 500;

  /** Golden distances by {@link #SHARES} and {@link #SIZES}. */
  private static final double[][] GOLDEN = {
    {.213, .134, .057, .035, .021},
    {.148, .088, .035, .024, .011},
    {.080, .051, .018, .013, .008},
    {.062, .043, .019, .010, .006}
  };

  /** Golden distances of chains that are told the level, a = .5, by {@link #SIZES}. */
  private static final double[] TOLD = {Double.NaN, .050, .0215, .0106, Double.NaN};

  private static final int GOLDEN_SAMPLES = 20_000;

  /** With a = .5 and h = .1; from 30 on a range is stated, .005 to .014. */
  private static final int[] DIMS = {3, 5, 10, 30, 100};

  private static final double[] GOLDEN_BY_DIM = {.217, .066, .018, .0095, .0095};

  /** Rows times steps of a cell: fine chains have fewer samples, so that none costs much more. */
  private static final int WORK = 1_400_000;

  @Override
  public String name() {
    return "kadkhodaie-w2";
  }

  @Override
  public String item() {
    return BlindMeasures.PAPER + "quality of samples";
  }

  @Override
  public String summary() {
    return "distance of blind chains' samples from their law, by step size, noise and dimension";
  }

  @Override
  public Result run(Context context) {
    ResultTable table =
        new ResultTable(
            "Folded W2 of x_1 from its law at the last level, d = " + DIM,
            "golden",
            List.of("a", "h"),
            List.of("steps", "samples", "W2"));
    ResultTable told =
        new ResultTable(
            "The same of chains that are told their levels, a = " + STANDARD_SHARE,
            "golden",
            List.of("h"),
            List.of("W2", "W2 blind"));
    Plot plot =
        new Plot("Folded W2 of blind chains, d = " + DIM, "steps", "folded W2").logX().logY();
    ExactPosterior posterior =
        ExactPosterior.of(context.engine(), BlindMeasures.twoGaussians(DIM, 1));
    int sizes = context.size(2, SIZES.length);
    for (int i = 0; i < SHARES.length; i++) {
      double[] steps = new double[sizes];
      double[] distances = new double[sizes];
      for (int j = 0; j < sizes; j++) {
        BlindStep step = new BlindStep(Form.EXPONENTIAL, SHARES[i], SIZES[j]);
        int count = step.steps(START, STOP);
        int samples =
            context.size(1500, Math.clamp(WORK / count, GOLDEN_SAMPLES / 5, GOLDEN_SAMPLES));
        steps[j] = count;
        distances[j] = distance(averaged(posterior), step, context.seed(), samples);
        table.row(
            List.of(String.valueOf(SHARES[i]), String.valueOf(SIZES[j])),
            Value.of(count),
            Value.of(samples),
            Value.within(distances[j], GOLDEN[i][j], spread(samples)));
        if (SHARES[i] == STANDARD_SHARE) {
          double known = distance(new Told(posterior, step, START), step, context.seed(), samples);
          told.row(
              List.of(String.valueOf(SIZES[j])),
              Value.within(known, TOLD[j], spread(samples)),
              Value.of(distances[j]));
        }
      }
      plot.line("a = " + SHARES[i], steps, distances);
      plot.beside("a = " + SHARES[i] + ", golden", steps, Arrays.copyOf(GOLDEN[i], sizes));
    }
    return new Result(
        List.of(table, told, byDimension(context)),
        List.of(plot),
        List.of(
            "Exponential Euler from sigma 10 to .01; two Gaussians at -2 e_1 and 2 e_1, variance"
                + " .16 along e_1 alone. Samples of the law itself are at .0054 (20,000), .012"
                + " (4,000).",
            "Blind chains average the denoiser over Theta ~ sigma^-3 and take the level from the"
                + " residual (Algorithm 2); in few dimensions the most likely level (Algorithm 3)"
                + " does better. The golden numbers of d = 3 agree with the first, those of d = 10"
                + " with the second, those of d = 5 lie between: an independent evaluation in"
                + " float64 gives .221, .108, .053 and .117, .056, .023."));
  }

  private static ResultTable byDimension(Context context) {
    ResultTable table =
        new ResultTable(
            "Folded W2 by dimension, a = .5, h = .1",
            "golden",
            List.of("d"),
            List.of("averaged", "most likely"));
    BlindStep step = new BlindStep(Form.EXPONENTIAL, STANDARD_SHARE, .1);
    int samples = context.size(300, 4000);
    for (int i = 0; i < DIMS.length; i++) {
      ExactPosterior posterior =
          ExactPosterior.of(context.engine(), BlindMeasures.twoGaussians(DIMS[i], 1));
      double golden = GOLDEN_BY_DIM[i];
      double averaged = distance(averaged(posterior), step, context.seed(), samples);
      BlindEstimate likely = BlindMeasures.mostLikely(posterior, STOP / 10, 3 * START);
      double mostLikely = distance(likely, step, context.seed(), samples);
      // With three dimensions rows err by far more than a Gaussian's deviation.
      table.row(
          List.of(String.valueOf(DIMS[i])),
          DIMS[i] == 3 ? Value.within(averaged, golden, .05) : Value.of(averaged),
          DIMS[i] < 10
              ? Value.beside(mostLikely, golden)
              : Value.within(mostLikely, golden, spread(samples)));
    }
    return table;
  }

  /** Three deviations of the difference of two modes' means, which is most of a small distance. */
  private static double spread(int samples) {
    return 3 * Math.sqrt(BlindMeasures.VARIANCE * (1. / samples + 1. / GOLDEN_SAMPLES));
  }

  private static double distance(BlindEstimate estimate, BlindStep step, long seed, int samples) {
    // No row stops before the others: the residual does not fall so low.
    BlindChain chain = new BlindChain(estimate, step, START, STOP * 1e-6, seed, samples);
    BlindChain.Result end = chain.limit(step.steps(START, STOP)).sample(0, samples);
    double last = START * Math.pow(step.contraction(), end.steps());
    return BlindMeasures.distance(end.state(), last);
  }

  /** Algorithm 2. Cells of .06 in log sigma are two deviations of a level's posterior. */
  private static BlindEstimate averaged(ExactPosterior posterior) {
    LevelPrior levels = LevelPrior.powerLaw(3, STOP / 4, 3 * START, 160);
    return new ResidualEstimate(new ExactBlindDenoiser(posterior, levels));
  }
}
