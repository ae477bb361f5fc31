package dev.tweedie.backend.reference;

/**
 * Full components. What a decomposition of C gives is exact for some C + E, |E| about d 2^-53 of
 * the largest eigenvalue: P^-1 z then moves by {@code P^-1 (a^2 E) P^-1 z}, and a direction whose
 * variance is less than that is lost.
 */
final class FullErrors extends ComponentErrors {
  private static final double LOST = 0.1;

  private final FullPosterior of;
  private final double roundings; // of a sum over the directions, and of the decomposition
  private double lowest; // of the eigenvalues that P surely has
  private double moved; // a^2 |E|
  private double ofZ;
  private double kept; // |g|^2 of the directions that are not lost
  private double lost; // |w|^2 of the others
  private double steep; // |g|^2 by the smallest variances that may be
  private double smallest;
  private double smallestKept;
  private double largest;
  private double gain;
  private double shrunk; // |gain w|^2
  private double ofLogDet;
  private double logDet;
  private double quadratic;

  FullErrors(FullPosterior components) {
    super(components);
    of = components;
    roundings = (4 + dim) * U;
  }

  @Override
  void evaluate(int k, double[] x) {
    ofZ = difference(k, x);
    double[] w = of.project(k, z);
    double norm = Math.sqrt(ComponentPosterior.squaredNorm(z));
    ofZ += roundings * norm;
    double widest = 0;
    for (int e = 0; e < of.rank; e++) {
      widest = Math.max(widest, of.eigenvalue(k, e));
    }
    moved = of.a * of.a * roundings * widest;
    lowest = of.s * of.s;
    kept = 0;
    lost = 0;
    steep = 0;
    gain = 0;
    shrunk = 0;
    smallest = Double.POSITIVE_INFINITY;
    smallestKept = Double.POSITIVE_INFINITY;
    largest = 0;
    ofLogDet = 0;
    quadratic = 0;
    begin();
    for (int e = 0; e < of.rank; e++) {
      direction(of.eigenvalue(k, e), w[e] * w[e]);
    }
    combine(k);
  }

  /**
   * A direction of variance c.
   *
   * @param square of what z has in it
   */
  private void direction(double c, double square) {
    double p = of.noisy(c);
    double least = Math.max(lowest, p - moved);
    double g = square / (p * p);
    steep += square / (least * least);
    if (moved > LOST * p) {
      lost += square;
    } else {
      kept += g;
      smallestKept = Math.min(smallestKept, p);
    }
    double share = of.a * c / p;
    gain = Math.max(gain, share);
    shrunk += share * share * square;
    smallest = Math.min(smallest, least);
    largest = Math.max(largest, p);
    double log = StrictMath.log(p);
    ofLogDet += moved / least + 4 * U + 3 * U * Math.abs(log) + add(log);
    logDet = sum();
    quadratic += square / p;
  }

  private void combine(int k) {
    double a = of.a;
    double s = of.s;
    double g = Math.sqrt(steep);
    double ofQuadratic = moved * steep + 2 * g * ofZ + (6 + dim) * U * quadratic;
    logit = 0.5 * (ofQuadratic + ofLogDet) + line(k, logDet, quadratic);
    double keptScore = Math.sqrt(kept);
    mean = gain * ofZ + roundings * Math.sqrt(shrunk);
    if (smallestKept < Double.POSITIVE_INFINITY) {
      mean += s * s * (moved / a) * keptScore / smallestKept;
    }
    if (lost > 0) {
      mean += (Math.sqrt(lost) + ofZ + moved * keptScore) / a;
    }
    mean += U * Math.sqrt(squaredMean(k));
    score = (moved * g + ofZ) / smallest + roundings * g;
    double most = s * s / (a * a);
    double relative = s * s / smallest;
    variance = Math.min(most, moved / (a * a) * relative * relative);
    variance += roundings * of.spread(Math.max(0, (largest - s * s) / (a * a)));
    precision = (moved / smallest + roundings) / smallest;
    condition = largest / smallest;
  }
}
