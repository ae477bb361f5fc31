package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;

/** Checks and normalises mixture weights. */
final class Weights {
  private Weights() {}

  /**
   * @return {@code weights} divided by their sum
   * @throws InvalidInputException unless all are finite and &gt;= 0 and one is &gt; 0
   */
  static double[] normalised(double[] weights) {
    double sum = 0;
    for (int k = 0; k < weights.length; k++) {
      if (!(weights[k] >= 0) || Double.isInfinite(weights[k])) {
        throw new InvalidInputException(
            "weights[" + k + "]: found " + weights[k] + ", allowed: finite and >= 0");
      }
      sum += weights[k];
    }
    if (!(sum > 0) || Double.isInfinite(sum)) {
      throw new InvalidInputException("weights: their sum is " + sum + ", allowed: finite and > 0");
    }
    double[] normal = new double[weights.length];
    for (int k = 0; k < weights.length; k++) {
      normal[k] = weights[k] / sum;
    }
    return normal;
  }
}
