package dev.tweedie.backend.reference;

/**
 * How far rounding may move what one component says of a row: bounds to first order in 2^-53, as
 * far as the loops of {@link ComponentPosterior} show it. Belongs to one thread.
 */
abstract class ComponentErrors {
  static final double U = 0x1p-53;

  final ComponentPosterior components;
  final int dim;
  final double[] z;

  /** Of {@code l_k}. */
  double logit;

  /** Of {@code M_k}, Euclidean. */
  double mean;

  /** Of {@code g_k}, Euclidean. */
  double score;

  /** Of {@code V_k}, as an operator. */
  double variance;

  /** Of {@code P_k^-1}, as an operator. */
  double precision;

  /** Condition number of {@code P_k}. */
  double condition;

  private double sum;

  ComponentErrors(ComponentPosterior components) {
    this.components = components;
    dim = components.dim;
    z = new double[dim];
  }

  static ComponentErrors of(ComponentPosterior components) {
    return switch (components) {
      case FullPosterior mixture -> new FullErrors(mixture);
      case LowRankPosterior mixture -> new LowRankErrors(mixture);
      default -> new CoordinateErrors(components);
    };
  }

  abstract void evaluate(int k, double[] x);

  /** Writes z, and returns the Euclidean norm of its error. */
  final double difference(int k, double[] x) {
    components.prior.copyMean(k, z);
    double squares = 0;
    for (int j = 0; j < dim; j++) {
      double m = z[j];
      z[j] = x[j] - components.a * m;
      double error = ofDifference(x[j], m, z[j]);
      squares += error * error;
    }
    return Math.sqrt(squares);
  }

  /** What a product and a difference lost in {@code z = x - a m}: itself, and no bound of it. */
  final double ofDifference(double x, double m, double z) {
    double product = components.a * m;
    double ofProduct = Math.fma(components.a, m, -product);
    double back = x - z; // two-sum (Knuth)
    double ofSum = (x - (z + back)) + (back - product);
    return Math.abs(ofSum - ofProduct);
  }

  final double squaredMean(int k) {
    double squares = 0;
    for (int j = 0; j < dim; j++) {
      squares += components.prior.mean(k, j) * components.prior.mean(k, j);
    }
    return squares;
  }

  /** Begins a sum whose partial sums are rounded. */
  final void begin() {
    sum = 0;
  }

  /** Adds, and returns what rounding the new partial sum may take from it. */
  final double add(double value) {
    sum += value;
    return U * Math.abs(sum);
  }

  final double sum() {
    return sum;
  }

  /** Of the line that makes a logit: the weight's logarithm, and the sum of three. */
  final double line(int k, double logDet, double quadratic) {
    double weight = components.prior.weight(k);
    double log = weight > 0 ? Math.abs(StrictMath.log(weight)) : 0;
    return U * (2 + 3 * log + 2 * (Math.abs(logDet) + quadratic));
  }
}
