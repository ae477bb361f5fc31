package dev.tweedie.check.export;

import dev.tweedie.io.NdArray;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A prior by the names and in the shapes that {@code --prior} reads; a data set as its points. */
final class PriorArrays {
  private PriorArrays() {}

  static Map<String, NdArray> of(Prior prior) {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    int components = prior.components();
    int dim = prior.dim();
    double[] weights = new double[components];
    Arrays.setAll(weights, prior::weight);
    double[] means = new double[components * dim];
    double[] row = new double[dim];
    for (int k = 0; k < components; k++) {
      prior.copyMean(k, row);
      System.arraycopy(row, 0, means, k * dim, dim);
    }
    arrays.put("weights", NdArray.of(weights, components));
    switch (prior) {
      case DataSet _ -> arrays.put("points", NdArray.of(means, components, dim));
      case GaussianMixture mixture -> {
        arrays.put("means", NdArray.of(means, components, dim));
        covariance(mixture.covariance(), components, dim, arrays);
      }
    }
    return arrays;
  }

  private static void covariance(
      Covariance covariance, int components, int dim, Map<String, NdArray> to) {
    switch (covariance) {
      case Covariance.Isotropic(double[] variances) ->
          to.put("covariances", NdArray.of(variances, components));
      case Covariance.Diagonal(double[] variances) ->
          to.put("covariances", NdArray.of(variances, components, dim));
      case Covariance.Full(double[] matrices) ->
          to.put("covariances", NdArray.of(matrices, components, dim, dim));
      case Covariance.LowRank(double[] factors, int rank, double[] floor) -> {
        to.put("covariances", NdArray.of(floor, components));
        to.put("factors", NdArray.of(factors, components, dim, rank));
      }
    }
  }
}
