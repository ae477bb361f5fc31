package dev.tweedie.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The posterior mean at one level as a user of tensors writes it: logits by matrix products, a
 * softmax, and the weighted sum by another product. All that depends on the level only is made in
 * the constructor, in float64.
 */
final class TorchPosterior {
  /** Mean of the rows x. */
  private interface Form {
    NDArray mean(NDArray x);
  }

  private final TorchState torch;
  private final Prior prior;
  private final int dim;
  private final int components;
  private final double alpha;
  private final double variance;
  private final Form form;

  TorchPosterior(TorchState torch, Prior prior, Level level) {
    this.torch = torch;
    this.prior = prior;
    dim = prior.dim();
    components = prior.components();
    alpha = level.alpha();
    variance = level.sigma() * level.sigma();
    form =
        switch (prior) {
          case DataSet _ -> points();
          case GaussianMixture mixture ->
              switch (mixture.covariance()) {
                case Covariance.Isotropic(double[] c) -> isotropic(c);
                case Covariance.Diagonal(double[] c) -> diagonal(c);
                case Covariance.Full(double[] c) -> full(c);
                case Covariance.LowRank _ -> throw new IllegalArgumentException("low rank");
              };
        };
  }

  /** Closed by the caller. */
  NDArray mean(NDArray x) {
    try (NDManager scope = torch.manager.newSubManager()) {
      x.tempAttach(scope);
      NDArray mean = form.mean(x);
      mean.attach(torch.manager);
      return mean;
    }
  }

  private Form points() {
    double[] means = new double[components * dim];
    double[] bias = new double[components];
    for (int k = 0; k < components; k++) {
      double norm = copyMean(k, means);
      bias[k] = Math.log(prior.weight(k)) - alpha * alpha * norm / (2 * variance);
    }
    NDArray points = torch.array(means, components, dim);
    NDArray transposed = points.transpose();
    NDArray biases = torch.array(bias, components);
    float scale = (float) (alpha / variance);
    return x -> x.mul(scale).matMul(transposed).addi(biases).softmax(1).matMul(points);
  }

  private Form isotropic(double[] c) {
    double[] scaled = new double[components * dim];
    double[] pulled = new double[components * dim];
    double[] bias = new double[components];
    double[] half = new double[components];
    double[] slope = new double[components];
    for (int k = 0; k < components; k++) {
      double p = alpha * alpha * c[k] + variance;
      double norm = copyMean(k, scaled);
      for (int i = k * dim; i < (k + 1) * dim; i++) {
        pulled[i] = scaled[i] * variance / p;
        scaled[i] *= alpha / p;
      }
      half[k] = -0.5 / p;
      slope[k] = alpha * c[k] / p;
      bias[k] =
          Math.log(prior.weight(k)) - 0.5 * dim * Math.log(p) - alpha * alpha * norm / (2 * p);
    }
    NDArray products = torch.array(scaled, components, dim).transpose();
    NDArray pull = torch.array(pulled, components, dim);
    NDArray biases = torch.array(bias, components);
    NDArray halves = torch.array(half, 1, components);
    NDArray slopes = torch.array(slope, components, 1);
    return x -> {
      NDArray norms = x.square().sum(new int[] {1}, true);
      NDArray logits = x.matMul(products).addi(norms.matMul(halves)).addi(biases);
      NDArray weights = logits.softmax(1);
      return weights.matMul(pull).addi(x.mul(weights.matMul(slopes)));
    };
  }

  private Form diagonal(double[] c) {
    double[] linear = new double[components * dim];
    double[] square = new double[components * dim];
    double[] pulled = new double[components * dim];
    double[] slope = new double[components * dim];
    double[] bias = new double[components];
    for (int k = 0; k < components; k++) {
      copyMean(k, linear);
      bias[k] = Math.log(prior.weight(k));
      for (int i = k * dim; i < (k + 1) * dim; i++) {
        double p = alpha * alpha * c[i] + variance;
        double mean = linear[i];
        bias[k] -= 0.5 * (Math.log(p) + alpha * alpha * mean * mean / p);
        square[i] = -0.5 / p;
        linear[i] = alpha * mean / p;
        pulled[i] = mean * variance / p;
        slope[i] = alpha * c[i] / p;
      }
    }
    NDArray squares = torch.array(square, components, dim).transpose();
    NDArray products = torch.array(linear, components, dim).transpose();
    NDArray pull = torch.array(pulled, components, dim);
    NDArray slopes = torch.array(slope, components, dim);
    NDArray biases = torch.array(bias, components);
    return x -> {
      NDArray logits = x.square().matMul(squares).addi(x.matMul(products)).addi(biases);
      NDArray weights = logits.softmax(1);
      return weights.matMul(pull).addi(x.mul(weights.matMul(slopes)));
    };
  }

  /** With {@code P = L L'}, batched over components: {@code y = (x - a m) L'^-1}, K x B x d. */
  private Form full(double[] c) {
    double[] whitening = new double[components * dim * dim];
    double[] shift = new double[components * dim];
    double[] gain = new double[components * dim * dim];
    double[] offset = new double[components * dim];
    double[] bias = new double[components];
    for (int k = 0; k < components; k++) {
      double[] mean = new double[dim];
      prior.copyMean(k, mean);
      var covariance = new DMatrixRMaj(dim, dim);
      System.arraycopy(c, k * dim * dim, covariance.data, 0, dim * dim);
      DMatrixRMaj p = covariance.copy();
      CommonOps_DDRM.scale(alpha * alpha, p);
      for (int j = 0; j < dim; j++) {
        p.add(j, j, variance);
      }
      DMatrixRMaj inverse = new DMatrixRMaj(dim, dim);
      CommonOps_DDRM.invert(p, inverse);
      DMatrixRMaj factor = cholesky(inverse);
      bias[k] = Math.log(prior.weight(k));
      for (int j = 0; j < dim; j++) {
        bias[k] += Math.log(factor.get(j, j)); // log det P^-1 / 2
      }
      DMatrixRMaj gains = new DMatrixRMaj(dim, dim);
      CommonOps_DDRM.mult(alpha, inverse, covariance, gains);
      for (int j = 0; j < dim; j++) {
        offset[k * dim + j] = mean[j];
        for (int i = 0; i < dim; i++) {
          int at = (k * dim + i) * dim + j;
          whitening[at] = factor.get(i, j);
          gain[at] = gains.get(i, j);
          shift[k * dim + j] -= alpha * mean[i] * factor.get(i, j);
          offset[k * dim + j] -= alpha * mean[i] * gains.get(i, j);
        }
      }
    }
    NDArray white = torch.array(whitening, components, dim, dim);
    NDArray shifts = torch.array(shift, components, 1, dim);
    NDArray gains = torch.array(gain, components, dim, dim);
    NDArray offsets = torch.array(offset, components, 1, dim);
    NDArray biases = torch.array(bias, components, 1);
    return x -> {
      NDArray rows = x.expandDims(0);
      NDArray y = rows.matMul(white).addi(shifts);
      NDArray logits = y.square().sum(new int[] {2}).muli(-0.5f).addi(biases);
      NDArray weights = logits.softmax(0).expandDims(2);
      return rows.matMul(gains).addi(offsets).muli(weights).sum(new int[] {0});
    };
  }

  /** Lower triangular, {@code L L' = a}. */
  private static DMatrixRMaj cholesky(DMatrixRMaj a) {
    int n = a.numRows;
    DMatrixRMaj factor = new DMatrixRMaj(n, n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = a.get(i, j);
        for (int k = 0; k < j; k++) {
          sum -= factor.get(i, k) * factor.get(j, k);
        }
        factor.set(i, j, i == j ? Math.sqrt(sum) : sum / factor.get(j, j));
      }
    }
    return factor;
  }

  /** Component k's mean into its row of {@code to}; returns its squared norm. */
  private double copyMean(int k, double[] to) {
    double norm = 0;
    for (int j = 0; j < dim; j++) {
      double value = prior.mean(k, j);
      to[k * dim + j] = value;
      norm += value * value;
    }
    return norm;
  }
}
