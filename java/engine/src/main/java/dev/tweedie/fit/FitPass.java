package dev.tweedie.fit;

import dev.tweedie.prior.MixtureParameters;
import java.util.Arrays;

/**
 * One iteration's pass: shares under the parameters, the moments that they weigh, and behind them
 * the log-likelihood.
 */
record FitPass(FitShape shape, FitOptions options, MixtureParameters parameters)
    implements RunPass<double[][]> {
  /** Of the last array: the log-likelihood. */
  static final int LOG_LIKELIHOOD = 0;

  /** Of the last array: above 0 where rounding has taken a covariance below its floor. */
  static final int HELD = 1;

  @Override
  public Work<double[][]> open(RunMemory memory) {
    Expectation expectation = Expectation.of(memory, shape, options, parameters);
    Moments.Sums moments = Moments.of(shape, options).open(memory, parameters);
    int components = options.components();
    double[] responsibilities = new double[memory.capacity * components];
    return new Work<>() {
      @Override
      public double[][] of(Run run) {
        double likelihood = expectation.of(run, responsibilities);
        weigh(run, responsibilities, components);
        double[][] sums = Arrays.copyOf(moments.of(run, responsibilities), components + 1);
        sums[components] = new double[] {likelihood, expectation.held() ? 1 : 0};
        return sums;
      }

      @Override
      public void close() {
        expectation.close();
      }
    };
  }

  private static void weigh(Run run, double[] responsibilities, int components) {
    for (int i = 0; i < run.count && run.weighted(); i++) {
      for (int k = 0; k < components; k++) {
        responsibilities[i * components + k] *= run.weight(i);
      }
    }
  }

  /** The moments of clusters, where every row is of one component. */
  static RunPass<double[][]> ofClusters(
      FitShape shape, FitOptions options, MixtureParameters parameters, Clusters clusters) {
    return memory -> {
      Clusters.Labeller labeller = clusters.open(memory);
      Moments.Sums moments = Moments.of(shape, options).open(memory, parameters);
      int components = options.components();
      double[] responsibilities = new double[memory.capacity * components];
      return run -> {
        int[] labels = labeller.of(run);
        Arrays.fill(responsibilities, 0);
        for (int i = 0; i < run.count; i++) {
          responsibilities[i * components + labels[i]] = run.weight(i);
        }
        return moments.of(run, responsibilities);
      };
    };
  }
}
