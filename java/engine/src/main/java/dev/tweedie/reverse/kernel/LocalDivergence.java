package dev.tweedie.reverse.kernel;

import dev.tweedie.InvalidInputException;
import dev.tweedie.metric.Estimate;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/**
 * The local error of Gaussian reverse kernels, {@code E_{x_t} KL(q(x_u | x_t) || N(E[x_u | x_t],
 * Sigma))} in nats (Li et al. 2024, their M_t without its infimum). With S the exact covariance it
 * is {@code E[log q] + (log det 2 pi Sigma + tr Sigma^-1 S) / 2}: only the entropy needs the
 * mixture's density, so all kernels share one quadrature or one set of draws.
 */
public final class LocalDivergence {
  // Of a standard normal: beyond 9 lies 2e-19, beyond 8 1e-15. The trapezoid rule of an analytic
  // integrand converges geometrically; the outer one is finer, since responsibilities of modes far
  // apart turn within a small share of a standard deviation.
  private static final double OUTER_WIDTH = 9;
  private static final int OUTER_NODES = 1001;
  private static final double INNER_WIDTH = 8;
  private static final int INNER_NODES = 129;
  private static final double NO_WEIGHT = 1e-15;

  private final ReverseMixture kernel;
  private final boolean drawn;
  private final double[] weights;
  private final double[] logDensity;
  private final double[] trace;
  private final double[] logDeterminant;
  private int count;

  private LocalDivergence(ReverseMixture kernel, boolean drawn, int points) {
    if (kernel.to().sigma() == 0) {
      throw new InvalidInputException(
          "local divergence: found a step to sigma 0, allowed: sigma > 0");
    }
    this.kernel = kernel;
    this.drawn = drawn;
    weights = new double[points];
    logDensity = new double[points];
    trace = new double[points];
    logDeterminant = new double[points];
  }

  /**
   * By quadrature, to about 1e-6 relative.
   *
   * @param kernel in one dimension, to a level with sigma &gt; 0
   */
  public static LocalDivergence quadrature(ReverseMixture kernel) {
    if (kernel.dim() != 1) {
      throw new InvalidInputException(
          "quadrature: found " + kernel.dim() + " dimensions, allowed: 1");
    }
    LocalDivergence out = new LocalDivergence(kernel, false, kernel.components() * OUTER_NODES);
    double[] x = new double[1];
    for (int k = 0; k < kernel.components(); k++) {
      for (int i = 0; i < OUTER_NODES; i++) {
        double z = node(i, OUTER_NODES, OUTER_WIDTH);
        kernel.noisyPoint(k, new double[] {z}, x);
        kernel.at(x);
        double weight = kernel.prior().weight(k) * weight(z, OUTER_NODES, OUTER_WIDTH);
        out.add(weight, meanLogDensity(kernel));
      }
    }
    return out;
  }

  private static double node(int i, int nodes, double width) {
    return width * (2.0 * i / (nodes - 1) - 1);
  }

  private static double weight(double z, int nodes, double width) {
    return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * 2 * width / (nodes - 1);
  }

  private static double meanLogDensity(ReverseMixture kernel) {
    double sum = 0;
    double[] y = new double[1];
    for (int k = 0; k < kernel.components(); k++) {
      double share = kernel.weight(k);
      if (share < NO_WEIGHT) {
        continue;
      }
      if (1 - share < NO_WEIGHT) { // a Gaussian
        return -Math.log(2 * Math.PI * Math.E * kernel.variance(k, 0)) / 2;
      }
      for (int i = 0; i < INNER_NODES; i++) {
        double z = node(i, INNER_NODES, INNER_WIDTH);
        y[0] = kernel.mean(k, 0) + Math.sqrt(kernel.variance(k, 0)) * z;
        sum += share * weight(z, INNER_NODES, INNER_WIDTH) * kernel.logDensity(y);
      }
    }
    return sum;
  }

  /**
   * By draws of x_t and, given each, of x_u.
   *
   * @param kernel to a level with sigma &gt; 0
   * @param samples at least 2
   */
  public static LocalDivergence monteCarlo(ReverseMixture kernel, int samples, long seed) {
    if (samples < 2) {
      throw new InvalidInputException("samples: found " + samples + ", allowed: at least 2");
    }
    LocalDivergence out = new LocalDivergence(kernel, true, samples);
    SplittableRandom random = new SplittableRandom(seed);
    double[] z = new double[kernel.dim()];
    double[] x = new double[kernel.dim()];
    double[] y = new double[kernel.dim()];
    for (int i = 0; i < samples; i++) {
      kernel.noisyPoint(out.pick(random, kernel.prior()::weight), normal(random, z), x);
      kernel.at(x);
      kernel.point(out.pick(random, kernel::weight), normal(random, z), y);
      double[] factor = out.add(1.0 / samples, kernel.logDensity(y));
      // Where q is nearly a Gaussian, log q is a constant less half this square: with the square's
      // mean, d, in place of its draw, little is left to vary.
      out.logDensity[i] += (Cholesky.squares(factor, y, kernel.mean()) - y.length) / 2;
    }
    return out;
  }

  private static double[] normal(SplittableRandom random, double[] z) {
    for (int j = 0; j < z.length; j++) {
      z[j] = random.nextGaussian();
    }
    return z;
  }

  /** Weights may sum to less than 1 by rounding: the last index takes the rest. */
  private int pick(SplittableRandom random, IntToDoubleFunction weight) {
    double left = random.nextDouble();
    int k = -1;
    do {
      left -= weight.applyAsDouble(++k);
    } while (left >= 0 && k < kernel.components() - 1);
    return k;
  }

  /** Returns the lower triangular root of the covariance. */
  private double[] add(double weight, double meanLogDensity) {
    int d = kernel.dim();
    double[] covariance = kernel.covariance();
    double sum = 0;
    for (int j = 0; j < d; j++) {
      sum += covariance[j * d + j];
    }
    Cholesky.factor(covariance, d);
    double determinant = 0;
    for (int j = 0; j < d; j++) {
      determinant += 2 * Math.log(covariance[j * d + j]);
    }
    weights[count] = weight;
    logDensity[count] = meanLogDensity;
    trace[count] = sum;
    logDeterminant[count++] = determinant;
    return covariance;
  }

  /**
   * The local error of a kernel. The best isotropic variance is that of the same points; its own
   * error does not count to first order, since the divergence is least there.
   */
  public Estimate of(GaussianKernel gaussian) {
    int d = kernel.dim();
    double variance = variance(gaussian);
    double[] values = new double[weights.length];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      double cross =
          gaussian == GaussianKernel.FULL_COVARIANCE
              ? logDeterminant[i] + d
              : d * Math.log(variance) + trace[i] / variance;
      values[i] = logDensity[i] + (d * Math.log(2 * Math.PI) + cross) / 2;
      sum += weights[i] * values[i];
    }
    return drawn ? Estimate.mean(values) : new Estimate(sum, 0);
  }

  private double variance(GaussianKernel gaussian) {
    double added = kernel.from().transitionVariance(kernel.to());
    double ratio = kernel.to().sigma() / kernel.from().sigma();
    return switch (gaussian) {
      case BETA -> added;
      case BETA_TILDE -> added * ratio * ratio;
      case BEST_ISOTROPIC -> {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
          sum += weights[i] * trace[i];
        }
        yield sum / kernel.dim();
      }
      case FULL_COVARIANCE -> Double.NaN; // has none
    };
  }
}
