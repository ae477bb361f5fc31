package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.util.stream.IntStream;

/**
 * Full covariances by Cholesky factors: {@code z = L_k^-1 (x - m_k)} is one product a component. An
 * eigendecomposition, which the posterior at many levels is worth, would cost ten times as much at
 * d = 784 and serve one level.
 */
final class WhitenedExpectation implements Expectation {
  private static final double LOG_TWO_PI = 1.8378770664093453;

  /** Logits this far under the largest are e^-40 of it and less: no share, as in the posterior. */
  private static final double NEGLIGIBLE = 40;

  /**
   * Entries of L^-1 under this are zero: they move no logit, and a float32 below 1.2e-38 would make
   * products with it many times as slow.
   */
  private static final double NOTHING = 1e-30;

  private final RunMemory memory;
  private final Engine engine;
  private final double[] mean;
  private final int dim;
  private final int components;
  private final Samples[] whitening; // K of (d + 1) x d
  private final double[] constants;
  private final boolean[] held;
  private final Samples white; // B x d
  private final Samples zeros; // B x d
  private final Samples squares; // B x 1
  private final double[] logits;

  WhitenedExpectation(
      RunMemory memory, FitShape shape, FitOptions options, MixtureParameters parameters) {
    this.memory = memory;
    engine = memory.engine;
    mean = shape.mean();
    dim = shape.dim();
    components = options.components();
    whitening = new Samples[components];
    for (int k = 0; k < components; k++) {
      whitening[k] = memory.samples(dim + 1, dim);
    }
    constants = new double[components];
    held = new boolean[components];
    white = memory.samples(memory.capacity, dim);
    zeros = memory.samples(memory.capacity, dim);
    zeros.clear();
    squares = memory.samples(memory.capacity, 1);
    logits = new double[components];
    double[] matrices = ((Covariance.Full) parameters.covariance()).matrices();
    double[] weights = parameters.weights();
    double[] means = parameters.means();
    FitRows.forEachComponent(
        engine, components, k -> whiten(k, weights[k], means, matrices, options.floor()));
  }

  private void whiten(int k, double weight, double[] means, double[] matrices, double floor) {
    Whitening factor = new Whitening(dim).of(matrices, k * dim * dim, floor);
    double[] affine = new double[(dim + 1) * dim];
    for (int e = 0; e < dim; e++) {
      double shift = 0;
      for (int j = 0; j <= e; j++) {
        double entry = factor.inverse(e, j);
        affine[j * dim + e] = Math.abs(entry) < NOTHING ? 0 : entry;
        shift -= entry * (means[k * dim + j] - mean[j]);
      }
      affine[dim * dim + e] = shift;
    }
    whitening[k].write(affine);
    constants[k] = StrictMath.log(weight) - 0.5 * (factor.logDeterminant() + dim * LOG_TWO_PI);
    held[k] = factor.held();
  }

  @Override
  public boolean held() {
    return IntStream.range(0, components).anyMatch(k -> held[k]);
  }

  @Override
  public double of(Run run, double[] responsibilities) {
    int count = run.count;
    Samples in = memory.homogeneous(run, mean);
    Samples z = white.slice(0, count);
    Samples zero = zeros.slice(0, count);
    Samples square = squares.slice(0, count);
    for (int k = 0; k < components; k++) {
      Samples affine = whitening[k];
      engine.run(
          () -> {
            Backend backend = engine.backend();
            backend.gemm(in, affine, z);
            backend.residual(z, zero, square);
          });
      double[] distances = square.toDoubles();
      for (int i = 0; i < count; i++) {
        responsibilities[i * components + k] = constants[k] - 0.5 * distances[i];
      }
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double log = softmax(responsibilities, i * components);
      sum += run.weight(i) * Expectation.requireFinite(log, run, i);
    }
    return sum;
  }

  /** Logits to shares, in place; returns their log-sum-exp. */
  private double softmax(double[] row, int at) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < components; k++) {
      largest = Math.max(largest, row[at + k]);
    }
    double sum = 0;
    for (int k = 0; k < components; k++) {
      double gap = row[at + k] - largest;
      logits[k] = gap < -NEGLIGIBLE ? 0 : StrictMath.exp(gap);
      sum += logits[k];
    }
    for (int k = 0; k < components; k++) {
      row[at + k] = logits[k] / sum;
    }
    return largest + StrictMath.log(sum);
  }
}
