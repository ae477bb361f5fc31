package dev.tweedie.backend.reference;

/** Points, isotropic and diagonal components: no coordinate touches another. */
final class CoordinateErrors extends ComponentErrors {
  /** Of {@code a^2 c + s^2}, relative. */
  private static final double NOISY = 4 * U;

  private final boolean shared; // one variance for all directions: d times its logarithm

  CoordinateErrors(ComponentPosterior components) {
    super(components);
    shared = !(components instanceof DiagonalPosterior);
  }

  private double variance(int k, int j) {
    return switch (components) {
      case IsotropicPosterior mixture -> mixture.variances()[k];
      case DiagonalPosterior mixture -> mixture.c(k, j);
      default -> 0;
    };
  }

  @Override
  void evaluate(int k, double[] x) {
    double a = components.a;
    double s = components.s;
    components.prior.copyMean(k, z);
    double largest = 0;
    double smallest = Double.POSITIVE_INFINITY;
    double ofSquares = 0;
    double ofMean = 0;
    double ofScore = 0;
    variance = 0;
    begin();
    for (int j = 0; j < dim; j++) {
      double m = z[j];
      double difference = x[j] - a * m;
      double ofDifference = ofDifference(x[j], m, difference);
      double c = variance(k, j);
      double p = components.noisy(c);
      double g = difference / p;
      ofSquares += 2 * Math.abs(g) * ofDifference + (NOISY + 2 * U) * Math.abs(difference * g);
      ofSquares += add(difference * g);
      double gain = a * c / p;
      double error = gain * ofDifference + (2 * NOISY) * Math.abs(gain * difference);
      error += c == 0 ? 0 : U * Math.abs(m + gain * difference);
      ofMean += error * error;
      double scoreError = ofDifference / p + (NOISY + U) * Math.abs(g);
      ofScore += scoreError * scoreError;
      variance = Math.max(variance, 2 * NOISY * components.spread(c));
      largest = Math.max(largest, p);
      smallest = Math.min(smallest, p);
    }
    double quadratic = sum();
    mean = Math.sqrt(ofMean);
    score = Math.sqrt(ofScore);
    precision = (NOISY + U) / smallest;
    condition = largest / smallest;
    double ofLogDet = logDet(k);
    logit = 0.5 * (ofSquares + ofLogDet) + line(k, sum(), quadratic);
  }

  /** Leaves log det in {@link #sum}, and returns its error. */
  private double logDet(int k) {
    begin();
    if (shared) {
      double log = StrictMath.log(components.noisy(variance(k, 0)));
      add(dim * log);
      return dim * (NOISY + 3 * U * Math.abs(log));
    }
    double error = 0;
    for (int j = 0; j < dim; j++) {
      double log = StrictMath.log(components.noisy(variance(k, j)));
      error += NOISY + 2 * U * Math.abs(log) + add(log);
    }
    return error;
  }
}
