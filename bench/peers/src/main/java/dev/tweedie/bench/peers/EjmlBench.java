package dev.tweedie.bench.peers;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;

/** Responsibilities by products of EJML: logits of all components at once, then a softmax. */
public class EjmlBench extends ResponsibilitiesBench {
  @Override
  Responsibilities prepare(NoisyMixture mixture) {
    Responsibilities logits = mixture.isFull() ? full(mixture) : diagonal(mixture);
    return x -> softmax(logits.of(x));
  }

  private static DMatrixRMaj softmax(DMatrixRMaj logits) {
    for (int i = 0; i < logits.numRows; i++) {
      int first = i * logits.numCols;
      int end = first + logits.numCols;
      double largest = Double.NEGATIVE_INFINITY;
      for (int at = first; at < end; at++) {
        largest = Math.max(largest, logits.data[at]);
      }
      double sum = 0;
      for (int at = first; at < end; at++) {
        logits.data[at] = Math.exp(logits.data[at] - largest);
        sum += logits.data[at];
      }
      for (int at = first; at < end; at++) {
        logits.data[at] /= sum;
      }
    }
    return logits;
  }

  /** {@code constant_k + sum_j (x_j linear_kj + x_j^2 square_kj)}; isotropic ones are diagonal. */
  private static Responsibilities diagonal(NoisyMixture mixture) {
    int components = mixture.components;
    int dim = mixture.dim;
    double[] constant = new double[components];
    DMatrixRMaj linear = new DMatrixRMaj(components, dim);
    DMatrixRMaj square = new DMatrixRMaj(components, dim);
    for (int k = 0; k < components; k++) {
      constant[k] = Math.log(mixture.weights[k]);
      for (int j = 0; j < dim; j++) {
        double variance = mixture.covariances[mixture.isIsotropic() ? k : k * dim + j];
        double mean = mixture.means.get(k, j);
        constant[k] -= (Math.log(variance) + mean * mean / variance) / 2;
        linear.set(k, j, mean / variance);
        square.set(k, j, -0.5 / variance);
      }
    }
    return x -> {
      DMatrixRMaj squares = new DMatrixRMaj(x.numRows, dim);
      CommonOps_DDRM.elementMult(x, x, squares);
      DMatrixRMaj logits = new DMatrixRMaj(x.numRows, components);
      CommonOps_DDRM.multTransB(x, linear, logits);
      CommonOps_DDRM.multAddTransB(squares, square, logits);
      for (int at = 0; at < logits.data.length; at++) {
        logits.data[at] += constant[at % components];
      }
      return logits;
    };
  }

  /** {@code constant_k - |W_k x - c_k|^2 / 2} with {@code W_k' W_k} the inverse of P_k. */
  private static Responsibilities full(NoisyMixture mixture) {
    int dim = mixture.dim;
    DMatrixRMaj[] whiten = new DMatrixRMaj[mixture.components];
    double[] constant = new double[mixture.components];
    DMatrixRMaj centre = new DMatrixRMaj(mixture.components, dim);
    for (int k = 0; k < whiten.length; k++) {
      DMatrixRMaj factor = mixture.matrix(mixture.covariances, k);
      if (!new CholeskyDecompositionInner_DDRM(true).decompose(factor)) {
        throw new IllegalStateException("component " + k + " is not positive definite");
      }
      whiten[k] = new DMatrixRMaj(dim, dim);
      CommonOps_DDRM.invert(factor, whiten[k]);
      constant[k] = Math.log(mixture.weights[k]);
      for (int j = 0; j < dim; j++) {
        constant[k] -= Math.log(factor.get(j, j));
        for (int i = 0; i < dim; i++) {
          centre.data[k * dim + j] += whiten[k].get(j, i) * mixture.means.get(k, i);
        }
      }
    }
    return x -> {
      DMatrixRMaj logits = new DMatrixRMaj(x.numRows, whiten.length);
      DMatrixRMaj white = new DMatrixRMaj(x.numRows, dim);
      for (int k = 0; k < whiten.length; k++) {
        CommonOps_DDRM.multTransB(x, whiten[k], white);
        for (int i = 0; i < x.numRows; i++) {
          double sum = 0;
          for (int j = 0; j < dim; j++) {
            double away = white.data[i * dim + j] - centre.data[k * dim + j];
            sum += away * away;
          }
          logits.set(i, k, constant[k] - sum / 2);
        }
      }
      return logits;
    };
  }
}
