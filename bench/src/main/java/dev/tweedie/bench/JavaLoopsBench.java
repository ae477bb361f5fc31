package dev.tweedie.bench;

import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToDoubleFunction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A peer: posterior means in the loops that one would write first, over arrays of float, without
 * the Vector API. Of data sets, isotropic and diagonal mixtures.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class JavaLoopsBench {
  /** As of the other peers. */
  private static final double BOUND = 1e-3;

  /** As {@link ScoreWork} reads it. */
  @Param("diagonal:4096x64x256")
  public String work;

  @Param("1")
  public int threads;

  private Workers workers;
  private int dim;
  private List<float[]> inputs;
  private List<Tables> levels;
  private float[] out;

  /**
   * What a level asks for, K x d but for the constants: logit = constant - sum of (x - centre)^2
   * precision, mean of a component = base + gain x.
   */
  private record Tables(
      double[] constant, float[] centre, float[] precision, float[] base, float[] gain) {
    static Tables of(Prior prior, Level level) {
      IntToDoubleFunction variance = variances(prior);
      int components = prior.components();
      int dim = prior.dim();
      Tables to =
          new Tables(
              new double[components],
              new float[components * dim],
              new float[components * dim],
              new float[components * dim],
              new float[components * dim]);
      double alpha = level.alpha();
      for (int k = 0; k < components; k++) {
        double constant = Math.log(prior.weight(k));
        for (int j = 0; j < dim; j++) {
          int at = k * dim + j;
          double mean = prior.mean(k, j);
          double noisy = alpha * alpha * variance.applyAsDouble(at) + level.sigma() * level.sigma();
          double gain = alpha * variance.applyAsDouble(at) / noisy;
          constant -= Math.log(noisy) / 2;
          to.centre[at] = (float) (alpha * mean);
          to.precision[at] = (float) (0.5 / noisy);
          to.base[at] = (float) (mean - gain * alpha * mean);
          to.gain[at] = (float) gain;
        }
        to.constant[k] = constant;
      }
      return to;
    }

    /** Of element {@code k dim + j}. */
    private static IntToDoubleFunction variances(Prior prior) {
      int dim = prior.dim();
      return switch (prior) {
        case DataSet _ -> _ -> 0;
        case GaussianMixture mixture ->
            switch (mixture.covariance()) {
              case Covariance.Isotropic isotropic -> at -> isotropic.variance(at / dim);
              case Covariance.Diagonal diagonal -> diagonal::variance;
              default -> throw new IllegalStateException("has loops for diagonal covariances only");
            };
      };
    }
  }

  @Setup
  public void prepare() {
    ScoreWork score = ScoreWork.parse(work);
    ScoreWork.Known known = score.known();
    dim = score.dim();
    inputs = known.inputs();
    levels = score.levels().stream().map(level -> Tables.of(known.prior(), level)).toList();
    out = new float[score.rows() * dim];
    workers = new Workers(threads);
    for (int i = 0; i < levels.size(); i++) {
      evaluate(i);
      Agreement.showError(responsibilities(i, score.few()), known.responsibilities().get(i));
      Agreement.within(BOUND, out, known.means().get(i));
    }
  }

  @TearDown
  public void close() {
    workers.close();
  }

  @Benchmark
  public float[] evaluate() {
    for (int i = 0; i < levels.size(); i++) {
      evaluate(i);
    }
    return out;
  }

  private void evaluate(int level) {
    workers.forEachChunk(
        out.length / dim,
        16,
        (begin, count) -> {
          double[] weights = new double[levels.get(level).constant.length];
          for (int row = (int) begin; row < begin + count; row++) {
            mean(levels.get(level), inputs.get(level), row, weights);
          }
        });
  }

  /** Of the first rows at a level. */
  private double[] responsibilities(int level, int rows) {
    int components = levels.get(level).constant.length;
    double[] all = new double[rows * components];
    double[] weights = new double[components];
    for (int row = 0; row < rows; row++) {
      weigh(levels.get(level), inputs.get(level), row, weights);
      System.arraycopy(weights, 0, all, row * components, components);
    }
    return all;
  }

  private void weigh(Tables t, float[] x, int row, double[] weights) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < weights.length; k++) {
      float sum = 0;
      for (int j = 0; j < dim; j++) {
        float away = x[row * dim + j] - t.centre[k * dim + j];
        sum += away * away * t.precision[k * dim + j];
      }
      weights[k] = t.constant[k] - sum;
      largest = Math.max(largest, weights[k]);
    }
    double total = 0;
    for (int k = 0; k < weights.length; k++) {
      weights[k] = Math.exp(weights[k] - largest);
      total += weights[k];
    }
    for (int k = 0; k < weights.length; k++) {
      weights[k] /= total;
    }
  }

  private void mean(Tables t, float[] x, int row, double[] weights) {
    weigh(t, x, row, weights);
    Arrays.fill(out, row * dim, (row + 1) * dim, 0);
    for (int k = 0; k < weights.length; k++) {
      float weight = (float) weights[k];
      for (int j = 0; j < dim; j++) {
        int at = k * dim + j;
        out[row * dim + j] += weight * (t.base[at] + t.gain[at] * x[row * dim + j]);
      }
    }
  }
}
